#include "ui/panes/fact_list.h"

#include "ui/panes/layouts.h"
#include "ui/widgets/elided_label.h"

#include <QGridLayout>

namespace tiller {

FactList::FactList(QWidget* parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(px(8));
    m_grid->setVerticalSpacing(px(2));
    m_grid->setColumnMinimumWidth(0, px(66));
    m_grid->setColumnStretch(1, 1);
}

void FactList::setFacts(const std::vector<std::pair<QString, QString>>& facts)
{
    while (QLayoutItem* item = m_grid->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    int line = 0;
    for (const auto& [name, value] : facts) {
        auto* label = new ElidedLabel(name);
        label->setFont(smallFont());
        label->setColor(&Colors::secondary);
        label->setMinimumWidth(px(66));
        auto* text = new ElidedLabel(value);
        text->setFont(smallFont());
        text->setAccessibleName(QStringLiteral("%1: %2").arg(name, value));
        m_grid->addWidget(label, line, 0);
        m_grid->addWidget(text, line, 1);
        ++line;
    }
}

}
