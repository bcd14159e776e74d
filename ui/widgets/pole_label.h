#pragma once

#include "ui/theme/colors.h"

#include <QRectF>
#include <QWidget>

class QPainter;

namespace tiller {

enum class Pole { Negative, Positive };

/// Sign of a pole inside `rect`: ▲ filled amber, ▽ hollow plum; in `color` instead where one is given, and
/// hollow both where `hollow`, as those of dropped pairs are.
void drawPoleMark(
    QPainter& painter, const QRectF& rect, Pole pole, const QColor& color = {}, bool hollow = false);

/// A pole by name with its sign: "▽ casual", "formal ▲". Grey when disabled.
class PoleLabel : public QWidget {
    Q_OBJECT

public:
    explicit PoleLabel(Pole pole, const QString& name = {}, QWidget* parent = nullptr);

    void setName(const QString& name);
    QString name() const { return m_name; }
    /// The sign stands left of the name for the negative pole, right for the positive, unless set here.
    void setMarkBefore(bool before);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Pole m_pole;
    QString m_name;
    bool m_markBefore;
};

}
