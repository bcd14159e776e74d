#include "ui/panes/library_comparison.h"

#include "ui/panes/layouts.h"
#include "ui/theme/numbers.h"

#include <QDialogButtonBox>
#include <QLabel>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

std::map<int, double> cosinesOf(const SteeringVector& a, const SteeringVector& b)
{
    std::map<int, double> cosines;
    if (a.single() && !b.single())
        return cosinesOf(b, a);
    for (const auto& [layer, direction] : a.layers)
        if (const auto other = b.single() ? b.layers.begin() : b.layers.find(layer); other != b.layers.end())
            cosines[layer] = cosine(direction.values, other->second.values);
    return cosines;
}

std::vector<double> spread(const std::map<int, double>& cosines)
{
    const int first = cosines.begin()->first;
    std::vector<double> values(
        size_t(cosines.rbegin()->first - first + 1), std::numeric_limits<double>::quiet_NaN());
    for (const auto& [layer, value] : cosines)
        values[size_t(layer - first)] = value;
    return values;
}

QString summaryOf(const std::map<int, double>& cosines)
{
    if (cosines.size() == 1)
        return LibraryComparison::tr("Cosine %1 at L%2.")
            .arg(number(cosines.begin()->second, 2))
            .arg(cosines.begin()->first);
    const auto most
        = std::ranges::max_element(cosines, {}, [](const auto& each) { return std::abs(each.second); });
    double sum = 0;
    for (const auto& [layer, value] : cosines)
        sum += value;
    return LibraryComparison::tr("Cosine %1 at L%2, the largest; mean %3 over %4 layers.")
        .arg(number(most->second, 2))
        .arg(most->first)
        .arg(number(sum / double(cosines.size()), 2))
        .arg(cosines.size());
}

QString howCompared(const LibraryEntry& a, const LibraryEntry& b)
{
    if (a.vector->single() == b.vector->single())
        return {};
    return u' '
        + LibraryComparison::tr("“%1” is one direction, compared with every layer of “%2”.")
              .arg(a.vector->single() ? a.name : b.name, a.vector->single() ? b.name : a.name);
}

}

bool haveCommonLayers(const SteeringVector& a, const SteeringVector& b)
{
    return !cosinesOf(a, b).empty();
}

LibraryComparison::LibraryComparison(const LibraryEntry& a, const LibraryEntry& b, QWidget* parent)
    : QDialog(parent)
    , m_plot(new LayerPlot)
{
    setObjectName(u"comparison"_s);
    setWindowTitle(tr("%1 and %2").arg(a.name, b.name));
    const std::map<int, double> cosines = cosinesOf(*a.vector, *b.vector);
    auto* layout = column(this, 8, 8);
    auto* summary = new QLabel(summaryOf(cosines) + howCompared(a, b));
    summary->setObjectName(u"comparisonSummary"_s);
    summary->setWordWrap(true);
    layout->addWidget(summary);
    m_plot->setObjectName(u"comparisonPlot"_s);
    m_plot->setAccessibleName(tr("Cosine of %1 and %2 over the layers").arg(a.name, b.name));
    m_plot->setLayerLabel(tr("Layer"));
    m_plot->setAxisLabel(PlotAxis::Left, tr("Cosine"));
    m_plot->setAxisRange(PlotAxis::Left, std::pair(-1.0, 1.0));
    LayerSeries series{.name = tr("Cosine"), .values = spread(cosines)};
    series.style = SeriesStyle::Bars;
    m_plot->setSeries({series}, cosines.begin()->first);
    m_plot->setMinimumSize(px(420), px(220));
    layout->addWidget(m_plot, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    layout->addWidget(buttons);
}

}
