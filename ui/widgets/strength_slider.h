#pragma once

#include <QWidget>

#include <optional>
#include <vector>

namespace tiller {

/// One point of the track: coherence loss in nats per token, measured at a strength.
struct LossSample {
    double strength;
    double loss;
};

/// Strength at which the loss first exceeds `threshold`, walking out from zero on the side of `sign`; linear
/// between samples. Nothing where no sample on that side exceeds it. `samples` in any order.
std::optional<double> collapsePoint(const std::vector<LossSample>& samples, int sign, double threshold);

/// The signed strength of one vector: value in the thumb, measured coherence loss in the track.
///
/// The scale is finer around zero: position t in -1..1 stands for maximum * sign(t) * |t|^1.6.
/// Left/Right step 0.05, with Shift 0.01, Page keys 0.5, Home/End the ends, `0` and a double click reset;
/// dragging sticks at zero within 3 px and is ten times finer with Shift; the wheel turns it only when
/// focused.
class StrengthSlider : public QWidget {
    Q_OBJECT
    Q_PROPERTY(double value READ value WRITE setValue NOTIFY valueChanged USER true)
    Q_PROPERTY(double maximum READ maximum WRITE setMaximum)
    Q_PROPERTY(bool active READ isActive WRITE setActive)

public:
    explicit StrengthSlider(QWidget* parent = nullptr);

    double value() const { return m_value; }
    double maximum() const { return m_maximum; }
    void setMaximum(double maximum);

    /// Off: grey, still editable.
    bool isActive() const { return m_active; }
    void setActive(bool active);

    /// Names of the ends, for accessibility; the labels under the slider are the strip's.
    void setPoles(const QString& negative, const QString& positive);

    /// Colours the track; empty means not measured. `fullLoss` is the loss at the last colour of Ember.
    void setMeasurements(std::vector<LossSample> samples, double fullLoss = 3.0);
    /// Loss beyond which text is called collapsed, nats per token.
    void setCollapseThreshold(double threshold);
    std::optional<double> negativeCollapse() const { return m_negativeCollapse; }
    std::optional<double> positiveCollapse() const { return m_positiveCollapse; }
    bool isPastCollapse() const;

    static double strengthAt(double position, double maximum);
    static double positionOf(double strength, double maximum);

    /// Where the thumb is, in widget coordinates.
    QRectF thumbRect() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    /// Takes any finite value: beyond the maximum the thumb rests at the end and shows the value.
    void setValue(double value);

signals:
    /// On every change, also while dragging.
    void valueChanged(double value);
    /// The thumb was let go, or a key or the wheel made a step: the point to record an undo step at.
    void editingFinished();

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QRectF grooveRect() const;
    double xOf(double strength) const;
    void drag(double x);
    void step(double by);
    void edit(double value);
    void updateCollapse();

    void paintTrack(QPainter& painter) const;
    void paintCollapse(QPainter& painter) const;
    void paintTicks(QPainter& painter) const;
    void paintThumb(QPainter& painter) const;

    double m_value = 0;
    double m_maximum = 4;
    bool m_active = true;
    QString m_negativePole;
    QString m_positivePole;
    std::vector<LossSample> m_samples;
    double m_fullLoss = 3;
    double m_threshold = 1;
    std::optional<double> m_negativeCollapse;
    std::optional<double> m_positiveCollapse;

    bool m_dragging = false;
    double m_dragX = 0; ///< last mouse x, logical thumb centre: they part when Shift slows the drag
    double m_thumbX = 0;
    double m_wheelRest = 0;
};

}
