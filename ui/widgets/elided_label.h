#pragma once

#include "ui/theme/colors.h"

#include <QStringList>
#include <QWidget>

namespace tiller {

/// One line of text that gives way: elided where it does not fit, whole in the tool tip. Figures, which mean
/// something else when cut, have shorter forms.
class ElidedLabel : public QWidget {
    Q_OBJECT
    Q_PROPERTY(QString text READ text WRITE setText)

public:
    explicit ElidedLabel(const QString& text = {}, QWidget* parent = nullptr);

    void setText(const QString& text);
    QString text() const { return m_text; }
    /// What stands for the text where that does not fit: the first that does, else the last, elided. An empty
    /// form: rather nothing than a part.
    void setShorter(const QStringList& forms);
    /// The form that is drawn now.
    QString shown() const;
    void setColor(ColorToken color);
    void setElideMode(Qt::TextElideMode mode);
    void setAlignment(Qt::Alignment alignment);
    bool isElided() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_text;
    QStringList m_shorter;
    ColorToken m_color = &Colors::text;
    Qt::TextElideMode m_elide = Qt::ElideRight;
    Qt::Alignment m_alignment = Qt::AlignLeft | Qt::AlignVCenter;
};

}
