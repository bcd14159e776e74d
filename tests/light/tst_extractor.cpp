#include "core/io/json.h"
#include "core/io/safetensors.h"
#include "core/steer/extractor.h"
#include "tests/support/refusal.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

using namespace tiller;
using tiller::test::refusal;

namespace {

std::vector<float> values(const SafetensorsFile& file, const char* name)
{
    const TensorView* tensor = file.find(name);
    std::vector<float> result(tensor->data.size() / sizeof(float));
    std::memcpy(result.data(), tensor->data.data(), tensor->data.size());
    return result;
}

// Activations of the default model on 16 pairs, at every sixth layer, from transformers.
ActivationBank goldenBank(const SafetensorsFile& file)
{
    const auto positive = values(file, "activations.positive.completion_mean");
    const auto negative = values(file, "activations.negative.completion_mean");
    ActivationBank bank;
    bank.items = 16;
    bank.sides = 2;
    bank.hidden = 576;
    bank.layers = {0, 6, 12, 18, 24};
    const std::ptrdiff_t block = 5 * 576;
    for (std::ptrdiff_t item = 0; item < 16; ++item) {
        bank.values.insert(
            bank.values.end(), positive.begin() + item * block, positive.begin() + (item + 1) * block);
        bank.values.insert(
            bank.values.end(), negative.begin() + item * block, negative.begin() + (item + 1) * block);
    }
    return bank;
}

// The same texts as labelled examples, all positives first.
ActivationBank labelledBank(const ActivationBank& pairs)
{
    ActivationBank bank;
    bank.items = pairs.items * 2;
    bank.sides = 1;
    bank.hidden = pairs.hidden;
    bank.layers = pairs.layers;
    const auto block = static_cast<std::ptrdiff_t>(pairs.layers.size()) * pairs.hidden;
    for (int64_t side = 0; side < 2; ++side) {
        for (int64_t item = 0; item < pairs.items; ++item) {
            const float* from = pairs.at(item, side, 0);
            bank.values.insert(bank.values.end(), from, from + block);
            bank.labels.push_back(side == 0);
        }
    }
    return bank;
}

ActivationBank smallBank(std::vector<float> activations, int64_t items)
{
    ActivationBank bank;
    bank.items = items;
    bank.sides = 2;
    bank.hidden = 2;
    bank.layers = {4};
    bank.values = std::move(activations);
    return bank;
}

double relativeError(const std::vector<float>& a, const float* b)
{
    double difference = 0;
    double size = 0;
    for (size_t k = 0; k < a.size(); ++k) {
        difference += std::pow(double(a[k]) - double(b[k]), 2);
        size += std::pow(double(b[k]), 2);
    }
    return std::sqrt(difference / size);
}

}

class TestExtractor : public QObject {
    Q_OBJECT

    const SafetensorsFile m_golden = SafetensorsFile::open(TILLER_TEST_DATA "/smollm2/golden.safetensors");
    const ActivationBank m_bank = goldenBank(m_golden);

private slots:
    void meanDifferenceAgreesWithTheReference()
    {
        const auto expected = values(m_golden, "mean_difference.completion_mean"); // all 30 layers
        for (const ActivationBank& bank : {m_bank, labelledBank(m_bank)}) {
            const SteeringVector vector
                = fitVector(bank, findExtractor("mean_difference"), Normalisation::None);
            QCOMPARE(vector.layers.size(), size_t(5));
            QCOMPARE(vector.pairs, bank.sides == 2 ? 16 : 0);
            for (const auto& [layer, direction] : vector.layers)
                QVERIFY(relativeError(direction.values, expected.data() + layer * 576) < 1e-6);
        }
    }

    void meanResidualNormAgreesWithTheReference()
    {
        const auto golden = readJson(TILLER_TEST_DATA "/smollm2/golden.json");
        const SteeringVector vector
            = fitVector(m_bank, findExtractor("mean_difference"), Normalisation::None);
        for (const auto& [layer, direction] : vector.layers) {
            const double expected = golden["mean_residual_norm"][size_t(layer)];
            QVERIFY(std::abs(*direction.meanResidualNorm / expected - 1) < 1e-5);
        }
    }

    void projectionsAreThoseOfTheSides()
    {
        // Positive (3, 0) and (5, 2), negative (1, 0) and (-1, 2): v = (4, 0), u = (1, 0).
        const auto bank = smallBank({3, 0, 1, 0, 5, 2, -1, 2}, 2);
        const auto& method = findExtractor("mean_difference");
        for (const auto& [normalisation, x] :
            {std::pair{Normalisation::None, 4.0}, {Normalisation::Unit, 1.0},
                {Normalisation::Residual, (3 + 1 + std::sqrt(29.0) + std::sqrt(5.0)) / 4}}) {
            const SteeringVector vector = fitVector(bank, method, normalisation);
            const LayerVector& direction = vector.layers.at(4);
            QCOMPARE(direction.values, (std::vector<float>{float(x), 0}));
            QCOMPARE(*direction.positiveProjection, 4.0);
            QCOMPARE(*direction.negativeProjection, 0.0);
            QCOMPARE(vector.normalisation, std::string(toString(normalisation)));
            QCOMPARE(vector.method, std::string("mean_difference"));
        }
    }

    void normalisationSetsTheNorm()
    {
        const auto& method = findExtractor("mean_difference");
        for (const auto& [layer, direction] : fitVector(m_bank, method, Normalisation::Unit).layers)
            QVERIFY(std::abs(direction.norm() - 1) < 1e-6);
        for (const auto& [layer, direction] : fitVector(m_bank, method, Normalisation::Residual).layers) {
            QVERIFY(std::abs(direction.norm() / *direction.meanResidualNorm - 1) < 1e-6);
            QVERIFY(*direction.positiveProjection > *direction.negativeProjection);
        }
    }

    void diagnoses()
    {
        const SteeringVector vector
            = fitVector(m_bank, findExtractor("mean_difference"), Normalisation::None);
        const auto all = diagnose(m_bank, vector);
        QCOMPARE(all.size(), size_t(5));
        for (size_t i = 0; i < all.size(); ++i) {
            const LayerVector& direction = vector.layers.at(all[i].layer);
            QCOMPARE(all[i].layer, m_bank.layers[i]);
            QCOMPARE(all[i].norm, direction.norm());
            QCOMPARE(all[i].push, *direction.pushPerUnit());
            QCOMPARE(all[i].positiveProjection, *direction.positiveProjection);
            QCOMPARE(all[i].negativeProjection, *direction.negativeProjection);
            QVERIFY(all[i].separation > 0.9 && all[i].separation <= 1);
            // |v| is the distance of the means along u.
            QVERIFY(std::abs(all[i].positiveProjection - all[i].negativeProjection - all[i].norm)
                < 1e-4 * all[i].norm);
        }
    }

    void separationCountsCombinations()
    {
        // On x: positives 1, 2, 3; negatives 0, 2, 2.5. Of nine combinations five and a tie are won.
        const auto bank = smallBank({1, 0, 0, 0, 2, 0, 2, 0, 3, 0, 2.5, 0}, 3);
        SteeringVector vector;
        vector.layers[4].values = {2, 0};
        QCOMPARE(diagnose(bank, vector).at(0).separation, (1 + 1.5 + 3) / 9);
        vector.layers[4].values = {-2, 0};
        QCOMPARE(diagnose(bank, vector).at(0).separation, (2 + 1.5 + 0) / 9);
    }

    void isDeterministic()
    {
        const auto& method = findExtractor("mean_difference");
        const auto first = fitVector(m_bank, method, Normalisation::Unit);
        const auto second = fitVector(m_bank, method, Normalisation::Unit);
        for (const auto& [layer, direction] : first.layers)
            QCOMPARE(second.layers.at(layer).values, direction.values);
    }

    void refuses()
    {
        const auto& method = findExtractor("mean_difference");
        const auto fit = [&](const ActivationBank& bank) {
            return refusal([&] { fitVector(bank, method, Normalisation::None); });
        };
        QVERIFY(fit(smallBank({1, 2, 1, 2}, 1)).contains("layer 4: the two sides do not differ"));
        QVERIFY(fit(smallBank({1, NAN, 1, 2}, 1)).contains("layer 4: the activations are not finite"));
        QVERIFY(fit(smallBank({}, 0)).contains("no positive texts"));

        ActivationBank oneClass = labelledBank(smallBank({3, 0, 1, 0}, 1));
        oneClass.labels = {1, 1};
        QVERIFY(fit(oneClass).contains("no negative texts"));

        SteeringVector wide;
        wide.layers[4].values = {1, 2, 3};
        QVERIFY(refusal([&] { diagnose(smallBank({3, 0, 1, 0}, 1), wide); }).contains("3 values"));
    }

    void namesAreKnown()
    {
        try {
            findExtractor("magic");
            QFAIL("accepted");
        } catch (const Error& error) {
            QVERIFY(QString(error.what()).contains("'magic'"));
            QVERIFY(QString::fromStdString(error.remedy()).contains("mean_difference"));
        }
        for (const char* name : {"none", "unit", "residual"})
            QCOMPARE(toString(parseNormalisation(name)), std::string_view(name));
        QVERIFY_EXCEPTION_THROWN(parseNormalisation("L2"), Error);
    }

    void writesTheBank()
    {
        QTemporaryDir folder;
        const auto path = std::filesystem::path(folder.filePath("bank.safetensors").toStdString());
        writeBank(path, m_bank);
        const auto pairs = SafetensorsFile::open(path);
        QCOMPARE(pairs.find("activations")->shape, (std::vector<int64_t>{16, 2, 5, 576}));
        QCOMPARE(values(pairs, "activations"), m_bank.values);
        QVERIFY(!pairs.find("labels"));
        QCOMPARE(pairs.metadata().at("layers"), std::string("[0,6,12,18,24]"));

        writeBank(path, labelledBank(m_bank));
        const auto labelled = SafetensorsFile::open(path);
        QCOMPARE(labelled.find("activations")->shape, (std::vector<int64_t>{32, 1, 5, 576}));
        const TensorView* labels = labelled.find("labels");
        QCOMPARE(labels->shape, (std::vector<int64_t>{32}));
        QVERIFY(labels->dtype == DType::I64);
        std::vector<int64_t> read(32);
        std::memcpy(read.data(), labels->data.data(), labels->data.size());
        QCOMPARE(read, labelledBank(m_bank).labels);
    }
};

QTEST_GUILESS_MAIN(TestExtractor)
#include "tst_extractor.moc"
