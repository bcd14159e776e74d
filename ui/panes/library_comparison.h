#pragma once

#include "ui/models/library_model.h"
#include "ui/plots/layer_plot.h"

#include <QDialog>

namespace tiller {

/// Whether any layer of both can be compared: a direction alone is compared with every layer of the other.
bool haveCommonLayers(const SteeringVector& a, const SteeringVector& b);

/// How far two vectors of one width point the same way: their cosine at every layer that both have.
class LibraryComparison : public QDialog {
    Q_OBJECT

public:
    LibraryComparison(const LibraryEntry& a, const LibraryEntry& b, QWidget* parent = nullptr);

    LayerPlot* plot() { return m_plot; }

private:
    LayerPlot* m_plot;
};

}
