#pragma once

#include "ui/plots/depth_parts.h"
#include "ui/plots/plot_style.h"

namespace tiller {

/// Brackets with the words early, middle and late, between the labels of a layer axis and its title.
class DepthBrackets : public QCPLayerable {
public:
    explicit DepthBrackets(QCPAxis* axis);

    /// Of layers at coordinates 0, 1, ...; see depthParts().
    void setParts(std::vector<DepthPart> parts);
    /// Top of the brackets, from the lower edge of the axis rectangle.
    void setOffset(int offset);
    void setColors(const Colors& palette);
    /// Room that the brackets need across the axis: none without parts.
    int extent() const;

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;
    QRect clipRect() const override;

private:
    QCPAxis* m_axis;
    std::vector<DepthPart> m_parts;
    int m_offset = 0;
    QColor m_ink;
    QColor m_line;
};

}
