#pragma once

#include <QWidget>

#include <utility>
#include <vector>

class QGridLayout;

namespace tiller {

/// Names and values in two columns, as the docks show them.
class FactList : public QWidget {
    Q_OBJECT

public:
    explicit FactList(QWidget* parent = nullptr);

    void setFacts(const std::vector<std::pair<QString, QString>>& facts);

private:
    QGridLayout* m_grid;
};

}
