#include "ui/panes/map_table.h"

#include "ui/panes/layouts.h"
#include "ui/panes/metric_list.h"
#include "ui/plots/heatmap_model.h"
#include "ui/theme/theme.h"

#include <QHeaderView>
#include <QTableView>

namespace tiller {

using namespace Qt::StringLiterals;

MapTable::MapTable(const LayerMap* map, HeatmapModel* model, QWidget* parent)
    : MapView(map, parent)
    , m_model(model)
    , m_title(new QLabel)
    , m_table(new QTableView)
{
    m_table->setObjectName(u"mapTable"_s);
    m_table->setAccessibleName(tr("Figures of the map, a row a strength, a column a layer"));
    m_table->setModel(model);
    m_table->setFont(smallFont());
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setTabKeyNavigation(false);
    m_table->horizontalHeader()->setDefaultSectionSize(px(72));
    m_table->horizontalHeader()->setHighlightSections(true);
    m_table->verticalHeader()->setDefaultSectionSize(px(26));
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_table->verticalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_title->setFont(smallFont());
    m_title->setContentsMargins(px(8), px(4), px(8), px(4));
    auto* layout = column(this);
    layout->addWidget(m_title);
    layout->addWidget(m_table, 1);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this,
        [this](const QModelIndex& now) {
            if (const CellIndex cell = m_model->cellIndex(now); cell.isValid() && m_table->hasFocus())
                emit cellClicked(m_map, placeOf(cell));
        });
    connect(m_table, &QTableView::activated, this,
        [this](const QModelIndex& index) { emit cellActivated(m_map, placeOf(m_model->cellIndex(index))); });
}

void MapTable::refresh()
{
    const QString unit = unitOf(m_look.metric);
    m_title->setText(tr("%1. A row a strength, a column a layer.")
                         .arg(unit.isEmpty() ? m_look.title() : u"%1, %2"_s.arg(m_look.title(), unit)));
    if (const CellIndex selected = indexOf(m_selected); m_model->contains(selected))
        m_table->setCurrentIndex(m_model->modelIndex(selected));
}

}
