#include "ui/plots/plot_table.h"

#include <QLocale>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

QString quoted(QString cell)
{
    const bool plain = std::none_of(
        cell.begin(), cell.end(), [](QChar c) { return c == u',' || c == u'"' || c == u'\n' || c == u'\r'; });
    if (plain)
        return cell;
    return u'"' + cell.replace(u'"', u"\"\""_s) + u'"';
}

}

QString cellOf(double value)
{
    return std::isnan(value) ? QString() : QString::number(value, 'g', QLocale::FloatingPointShortest);
}

QString csvOf(const PlotTable& table)
{
    QString text;
    for (const QStringList& row : table) {
        QStringList cells;
        for (const QString& cell : row)
            cells += quoted(cell);
        text += cells.join(u',') + u"\r\n"_s;
    }
    return text;
}

QString tabbedOf(const PlotTable& table)
{
    QString text;
    for (const QStringList& row : table) {
        QStringList cells;
        for (const QString& cell : row)
            cells += cell.simplified();
        text += cells.join(u'\t') + u'\n';
    }
    return text;
}

}
