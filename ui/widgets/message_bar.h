#pragma once

#include <QWidget>

class QLabel;
class QPushButton;
class QToolButton;

namespace tiller {

enum class MessageKind { Info, Warning, Error };

/// A line above a panel's content: icon, what happened and what to do about it, one action, Close.
/// Hidden until show() is given something. Esc closes it, also from anywhere in its parent that leaves Esc
/// alone.
class MessageBar : public QWidget {
    Q_OBJECT

public:
    explicit MessageBar(QWidget* parent = nullptr);

    /// `cause` says what failed and why, `remedy` what to do; an empty `action` shows no action button.
    void showMessage(
        MessageKind kind, const QString& cause, const QString& remedy = {}, const QString& action = {});
    MessageKind kind() const { return m_kind; }
    /// Cause and remedy, as shown.
    QString text() const;

public slots:
    /// Hides the bar and emits closed(), if it was open.
    void dismiss();

signals:
    void actionTriggered();
    void closed();

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void recolor();

    MessageKind m_kind = MessageKind::Info;
    QLabel* m_icon;
    QLabel* m_text;
    QPushButton* m_action;
    QToolButton* m_close;
};

}
