#pragma once

#include <QWidget>

class QDockWidget;
class QHBoxLayout;

namespace tiller {

class ElidedLabel;

/// Title row of a section, 24 px: title in 600, a secondary note, room at the right for buttons or a legend.
class SectionHeader : public QWidget {
    Q_OBJECT

public:
    explicit SectionHeader(const QString& title = {}, QWidget* parent = nullptr);

    void setTitle(const QString& title);
    QString title() const;
    void setNote(const QString& note);
    QString note() const;
    /// Appends at the right; takes ownership.
    void addWidget(QWidget* widget);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QHBoxLayout* m_row;
    ElidedLabel* m_title;
    ElidedLabel* m_note;
};

/// Section header as title bar of a dock: float and close buttons, title follows the dock.
class DockTitleBar : public SectionHeader {
    Q_OBJECT

public:
    /// `own`: widgets of the dock that stand before the buttons; takes ownership.
    explicit DockTitleBar(QDockWidget* dock, const QList<QWidget*>& own = {});
};

}
