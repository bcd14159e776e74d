#pragma once

#include "ui/theme/colors.h"

#include <QWidget>

namespace tiller {

/// Right-aligned figures of fixed width: neither the label nor its digits move when the value changes.
class NumberLabel : public QWidget {
    Q_OBJECT
    Q_PROPERTY(QString text READ text WRITE setText)

public:
    /// `widest` is the longest text to expect; it fixes the width.
    explicit NumberLabel(const QString& widest, QWidget* parent = nullptr);

    void setText(const QString& text);
    QString text() const { return m_text; }
    void setColor(ColorToken color);
    void setAlignment(Qt::Alignment alignment);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_widest;
    QString m_text;
    ColorToken m_color = &Colors::text;
    Qt::Alignment m_alignment = Qt::AlignRight | Qt::AlignVCenter;
};

}
