#pragma once

#include <QString>
#include <QStringList>

#include <vector>

namespace tiller {

/// Figures of a plot as a table: the header first.
using PlotTable = std::vector<QStringList>;

/// A figure as programs read it: '.' and '-', as many digits as tell it from its neighbours, empty when NaN.
QString cellOf(double value);

/// RFC 4180: CRLF after every record, cells quoted where needed.
QString csvOf(const PlotTable& table);
/// Tabs between cells, as spreadsheets take it from the clipboard.
QString tabbedOf(const PlotTable& table);

}
