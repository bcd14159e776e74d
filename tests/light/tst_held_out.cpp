#include "core/study/held_out.h"

#include <QTest>

#include <cmath>

using namespace tiller;

// Vectors for items that they were not fitted to.
class TestHeldOut : public QObject {
    Q_OBJECT

    static ActivationBank bank(int64_t items)
    {
        ActivationBank bank;
        bank.items = items;
        bank.sides = 2;
        bank.hidden = 3;
        bank.layers = {2, 7};
        for (int64_t i = 0; i < items * bank.sides * 2 * bank.hidden; ++i)
            bank.values.push_back(static_cast<float>(std::sin(1.3 * static_cast<double>(i * i + 1))));
        return bank;
    }

private slots:
    void anItemDoesNotMoveItsVector()
    {
        const auto& method = findExtractor("mean_difference");
        ActivationBank values = bank(9);
        const auto before = heldOutVectors(values, method, Normalisation::None);
        QCOMPARE(before.size(), size_t(9));
        QVERIFY(before[0] == before[4] && before[0] != before[1]); // four folds
        const int64_t width = values.sides * 2 * values.hidden;
        for (int64_t i = 0; i < width; ++i)
            values.values[static_cast<size_t>(5 * width + i)] += 10.0F * static_cast<float>(i);
        const auto after = heldOutVectors(values, method, Normalisation::None);
        for (size_t item = 0; item < 9; ++item) {
            const bool isOfItsFold = item % 4 == 1;
            QCOMPARE(after[item]->layers.at(7).values == before[item]->layers.at(7).values, isOfItsFold);
        }
    }

    void isTheMeanOfTheOthers()
    {
        const ActivationBank values = bank(3); // as many folds as items
        const auto vectors = heldOutVectors(values, findExtractor("mean_difference"), Normalisation::None);
        for (int64_t item = 0; item < 3; ++item)
            for (int64_t k = 0; k < 3; ++k) {
                double expected = 0;
                for (int64_t other = 0; other < 3; ++other)
                    if (other != item)
                        expected
                            += static_cast<double>(values.at(other, 0, 1)[k] - values.at(other, 1, 1)[k]) / 2;
                const float value
                    = vectors[static_cast<size_t>(item)]->layers.at(7).values[static_cast<size_t>(k)];
                QVERIFY(std::abs(static_cast<double>(value) - expected) < 1e-6);
            }
    }
};

QTEST_GUILESS_MAIN(TestHeldOut)
#include "tst_held_out.moc"
