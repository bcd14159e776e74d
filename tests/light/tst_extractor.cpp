#include "core/io/json.h"
#include "core/io/safetensors.h"
#include "core/steer/extractor.h"
#include "core/steer/extractors/dense_internal.h"
#include "core/study/diagnostics.h"
#include "tests/support/goldens.h"
#include "tests/support/refusal.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <cstring>
#include <map>
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

// A bank of data/extractors/make_extractor_goldens.py.
ActivationBank fixtureBank(const SafetensorsFile& file, const std::string& name)
{
    const TensorView* activations = file.find(name + ".activations");
    ActivationBank bank;
    bank.items = activations->shape[0];
    bank.sides = activations->shape[1];
    bank.hidden = activations->shape[3];
    for (int layer = 0; layer < activations->shape[2]; ++layer)
        bank.layers.push_back(layer);
    bank.values = values(file, (name + ".activations").c_str());
    if (const TensorView* labels = file.find(name + ".labels")) {
        bank.labels.resize(size_t(bank.items));
        std::memcpy(bank.labels.data(), labels->data.data(), labels->data.size());
    }
    return bank;
}

double cosine(const std::vector<float>& a, const float* b)
{
    return goldens::cosine(a.data(), b, a.size());
}

// Shares of pairs whose positive projects higher, and lower.
std::pair<double, double> wins(const ActivationBank& bank, int64_t layerIndex, const std::vector<float>& v)
{
    double higher = 0;
    double lower = 0;
    for (int64_t item = 0; item < bank.items; ++item) {
        double margin = 0;
        for (int64_t k = 0; k < bank.hidden; ++k)
            margin += double(v[size_t(k)])
                * (double(bank.at(item, 0, layerIndex)[k]) - double(bank.at(item, 1, layerIndex)[k]));
        higher += margin > 0;
        lower += margin < 0;
    }
    return {higher, lower};
}

// Values that look random and are the same everywhere.
dense::Matrix noise(size_t rows, size_t columns)
{
    dense::Matrix x(rows, columns);
    uint32_t state = 1;
    for (size_t i = 0; i < rows; ++i)
        for (size_t k = 0; k < columns; ++k)
            x.row(i)[k] = double((state = state * 1664525U + 1013904223U) >> 8) / double(1 << 23) - 1;
    return x;
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
    const SafetensorsFile m_fixture
        = SafetensorsFile::open(TILLER_TEST_DATA "/extractors/extractors.safetensors");

    ActivationBank bankOf(const std::string& name) const
    {
        return name == "smollm2" ? m_bank : fixtureBank(m_fixture, name);
    }

    SteeringVector fit(const ActivationBank& bank, const char* method) const
    {
        return fitVector(bank, findExtractor(method), Normalisation::None);
    }

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

    void caaIsTheMeanDifferenceOfPairs()
    {
        for (const char* name : {"pairs", "smollm2"}) {
            const ActivationBank bank = bankOf(name);
            const SteeringVector mean = fit(bank, "mean_difference");
            const SteeringVector caa = fit(bank, "caa");
            QCOMPARE(caa.method, std::string("caa"));
            for (const auto& [layer, direction] : caa.layers)
                QVERIFY(relativeError(direction.values, mean.layers.at(layer).values.data()) < 1e-6);
        }
        // Differences (2, 0), (6, 0) and (1, 3).
        const auto few = smallBank({3, 0, 1, 0, 5, 2, -1, 2, 2, 4, 1, 1}, 3);
        QCOMPARE(fit(few, "caa").layers.at(4).values, (std::vector<float>{3, 1}));
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
        const auto all = diagnose(m_bank, vector, 30).layers;
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
        QCOMPARE(diagnose(bank, vector, 5).layers.at(0).separation, (1 + 1.5 + 3) / 9);
        vector.layers[4].values = {-2, 0};
        QCOMPARE(diagnose(bank, vector, 5).layers.at(0).separation, (2 + 1.5 + 0) / 9);
    }

    void agreesWithScikitLearn_data()
    {
        QTest::addColumn<QString>("bank");
        QTest::addColumn<QString>("method");
        for (const char* bank : {"pairs", "labelled", "smollm2"})
            for (const ExtractorInfo& method : extractors()) {
                const QString name = QString::fromUtf8(method.name.data(), qsizetype(method.name.size()));
                if (m_fixture.find(std::string(bank) + "." + std::string(method.name)))
                    QTest::addRow("%s, %s", bank, qPrintable(name)) << bank << name;
            }
    }

    void agreesWithScikitLearn()
    {
        QFETCH(QString, bank);
        QFETCH(QString, method);
        const ActivationBank activations = bankOf(bank.toStdString());
        const auto expected = values(m_fixture, (bank + "." + method).toUtf8().constData());
        const SteeringVector vector = fit(activations, method.toUtf8().constData());
        const bool signOpen = method.contains("pca"); // scikit-learn knows no labels here
        size_t i = 0;
        for (const auto& [layer, direction] : vector.layers) {
            const double agreement
                = cosine(direction.values, expected.data() + i++ * direction.values.size());
            const double measured = signOpen ? std::abs(agreement) : agreement;
            QVERIFY2(measured > 1 - 1e-6, qPrintable(QString::number(1 - measured)));
            QVERIFY(std::abs(direction.norm() - 1) < 1e-6);
        }
        QCOMPARE(expected.size(), i * size_t(activations.hidden));
    }

    void pairsCountAsLabelledExamples()
    {
        for (const char* method : {"repe_pca", "logistic", "whitened"}) {
            const SteeringVector pairs = fit(m_bank, method);
            const SteeringVector labelled = fit(labelledBank(m_bank), method);
            QCOMPARE(pairs.pairs, 16);
            QCOMPARE(labelled.pairs, 0);
            for (const auto& [layer, direction] : pairs.layers)
                QVERIFY(cosine(direction.values, labelled.layers.at(layer).values.data()) > 1 - 1e-9);
        }
    }

    void positivesProjectHigher()
    {
        for (const ExtractorInfo& method : extractors()) {
            for (const char* name : {"pairs", "labelled", "smollm2"}) {
                const ActivationBank bank = bankOf(name);
                if (bank.sides == 1 && (method.name.starts_with("pca_") || method.name == "caa"))
                    continue;
                const bool byPairs = bank.sides == 2 && method.name.find("pca") != std::string_view::npos;
                const SteeringVector vector = fitVector(bank, method, Normalisation::None);
                for (size_t i = 0; i < bank.layers.size(); ++i) {
                    const LayerVector& layer = vector.layers.at(bank.layers[i]);
                    const auto [higher, lower]
                        = byPairs ? wins(bank, int64_t(i), layer.values) : std::pair{0.0, 0.0};
                    QVERIFY(higher >= lower);
                    if (higher == lower)
                        QVERIFY(*layer.positiveProjection > *layer.negativeProjection);
                }
            }
        }
    }

    void signFollowsMostPairs()
    {
        const auto x = [&](const ActivationBank& bank, const char* method) {
            return std::round(fit(bank, method).layers.at(4).values[0] * 1e6f) / 1e6f;
        };
        // Along x two pairs gain 1 and one loses 5: the majority outweighs the mean.
        const auto most = smallBank({1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 5, 0}, 3);
        // One gains 1 and one loses 5: the mean decides.
        const auto tie = smallBank({1, 0, 0, 0, 0, 0, 5, 0}, 2);
        for (const char* method : {"pca_diff", "pca_center", "repe_pca"}) {
            QCOMPARE(x(most, method), 1.0f);
            QCOMPARE(x(tie, method), -1.0f);
        }
        // The same texts without pairs: the mean decides.
        QCOMPARE(x(labelledBank(most), "repe_pca"), -1.0f);
    }

    void pcaDiffIsCentred()
    {
        // All pairs gain 10 along x and differ along y: centred the main direction is y, uncentred x.
        const auto bank = smallBank({10, 3, 0, 0, 10, 1, 0, 0, 10, -1, 0, 0}, 3);
        const auto diff = fit(bank, "pca_diff").layers.at(4).values;
        QVERIFY(std::abs(diff[0]) < 1e-6f && diff[1] > 0.999f);
        QVERIFY(fit(bank, "pca_center").layers.at(4).values[0] > 0.99f);
    }

    void probesIgnoreASharedShift()
    {
        // Parallel distractors along y: whitening and the probe turn away from them, mean difference does
        // not.
        const auto bank
            = smallBank({1, 5, -1, 4, 1.2f, -5, -0.8f, -6, 0.9f, 2, -1.1f, 0.5f, 1, -1, -1, -2.5f}, 4);
        const auto mean = fit(bank, "mean_difference").layers.at(4).values;
        for (const char* method : {"logistic", "whitened"}) {
            const auto v = fit(bank, method).layers.at(4).values;
            QVERIFY(std::abs(v[1] / v[0]) < 0.5f * std::abs(mean[1] / mean[0]));
        }
    }

    void isDeterministic()
    {
        for (const ExtractorInfo& method : extractors()) {
            const auto first = fitVector(m_bank, method, Normalisation::Unit);
            const auto second = fitVector(m_bank, method, Normalisation::Unit);
            ActivationBank alone = m_bank; // a layer without its neighbours gives the same
            alone.layers = {12};
            alone.values.clear();
            for (int64_t item = 0; item < m_bank.items; ++item)
                for (int64_t side = 0; side < 2; ++side)
                    alone.values.insert(alone.values.end(), m_bank.at(item, side, 2),
                        m_bank.at(item, side, 2) + m_bank.hidden);
            const auto third = fitVector(alone, method, Normalisation::Unit);
            for (const auto& [layer, direction] : first.layers)
                QCOMPARE(second.layers.at(layer).values, direction.values);
            QCOMPARE(third.layers.at(12).values, first.layers.at(12).values);
        }
    }

    void sizeChangesNothing()
    {
        for (const char* method : {"pca_diff", "pca_center", "repe_pca", "whitened"}) {
            const SteeringVector expected = fit(m_bank, method);
            for (const float factor : {1e-20f, 1e18f}) {
                ActivationBank scaled = m_bank;
                for (float& value : scaled.values)
                    value *= factor;
                const SteeringVector vector = fit(scaled, method);
                for (const auto& [layer, direction] : expected.layers)
                    QVERIFY(cosine(direction.values, vector.layers.at(layer).values.data()) > 1 - 1e-6);
            }
        }
        // The probe's penalty has a size: the larger the activations, the less of it. It must still be found.
        for (const float factor : {1e-12f, 1e-3f, 1e3f, 1e6f}) {
            ActivationBank scaled = m_bank;
            for (float& value : scaled.values)
                value *= factor;
            for (const LayerDiagnostics& layer : diagnose(scaled, fit(scaled, "logistic"), 30).layers)
                QVERIFY(layer.separation > 0.9);
        }
        // Without data against the penalty the probe is the difference of means.
        ActivationBank tiny = m_bank;
        for (float& value : tiny.values)
            value *= 1e-6f;
        const SteeringVector mean = fit(m_bank, "mean_difference");
        for (const auto& [layer, direction] : fit(tiny, "logistic").layers)
            QVERIFY(cosine(direction.values, mean.layers.at(layer).values.data()) > 1 - 1e-6);
    }

    void moreTextsThanDimensions()
    {
        const dense::Matrix x = noise(60, 3);
        ActivationBank bank;
        bank.items = 30;
        bank.sides = 2;
        bank.hidden = 3;
        bank.layers = {0};
        for (size_t i = 0; i < x.rows(); ++i)
            for (size_t k = 0; k < 3; ++k)
                bank.values.push_back(float((k == 0 ? 3 : 1) * x.row(i)[k] + (i % 2 == 0 && k == 0 ? 3 : 0)));
        for (const ExtractorInfo& method : extractors()) {
            const SteeringVector vector = fitVector(bank, method, Normalisation::Unit);
            QVERIFY(diagnose(bank, vector, 5).layers.at(0).separation > 0.7);
        }
    }

    void needsPairs()
    {
        for (const char* method : {"caa", "pca_diff", "pca_center"}) {
            try {
                fit(labelledBank(m_bank), method);
                QFAIL("accepted");
            } catch (const Error& error) {
                QVERIFY(QString(error.what()).contains(QString(method) + " needs pairs"));
                QVERIFY(QString::fromStdString(error.remedy()).contains("repe_pca"));
            }
        }
    }

    void refusesDegenerateInput_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<QString>("input");
        QTest::addColumn<QString>("message");
        const char* equal = "layer 4: the two sides do not differ";
        for (const char* method : {"caa", "pca_diff", "pca_center", "logistic", "whitened"})
            for (const char* input : {"identical sides", "constant"})
                QTest::addRow("%s, %s", method, input) << method << input << equal;
        QTest::addRow("caa, same means") << "caa"
                                         << "same means" << equal;
        QTest::addRow("logistic, same means") << "logistic"
                                              << "same means" << equal;
        QTest::addRow("whitened, same means") << "whitened"
                                              << "same means" << equal;
        QTest::addRow("repe_pca, constant") << "repe_pca"
                                            << "constant"
                                            << "layer 4: all texts have the same";
        QTest::addRow("repe_pca, identical sides") << "repe_pca"
                                                   << "identical sides"
                                                   << "its sign is open";
        QTest::addRow("pca_diff, one pair") << "pca_diff"
                                            << "one pair"
                                            << "has only one";
        QTest::addRow("pca_diff, one shift") << "pca_diff"
                                             << "one shift"
                                             << "all pairs differ in the same way";
        QTest::addRow("pca_diff, mirrored") << "pca_diff"
                                            << "same means"
                                            << "its sign is open";
        QTest::addRow("whitened, one pair") << "whitened"
                                            << "one pair"
                                            << "so few, or so equal";
        QTest::addRow("whitened, two pairs") << "whitened"
                                             << "two pairs"
                                             << "so few, or so equal";
        QTest::addRow("whitened, no spread") << "whitened"
                                             << "no spread"
                                             << "so few, or so equal";
        for (const ExtractorInfo& info : extractors()) {
            const QString method = QString::fromUtf8(info.name.data(), qsizetype(info.name.size()));
            QTest::addRow("%s, none", qPrintable(method)) << method << "none"
                                                          << "no positive texts";
            QTest::addRow("%s, NaN", qPrintable(method)) << method << "NaN"
                                                         << "layer 4: the activations are not";
            QTest::addRow("%s, infinite", qPrintable(method)) << method << "infinite"
                                                              << "layer 4: the activations are not";
        }
    }

    void refusesDegenerateInput()
    {
        QFETCH(QString, method);
        QFETCH(QString, input);
        QFETCH(QString, message);
        const std::map<QString, ActivationBank> banks{
            {"identical sides", smallBank({1, 2, 1, 2, 3, 5, 3, 5, -1, 0.3f, -1, 0.3f}, 3)},
            {"constant", smallBank({0.1f, 2, 0.1f, 2, 0.1f, 2, 0.1f, 2, 0.1f, 2, 0.1f, 2}, 3)},
            {"same means", smallBank({1, 0, 0, 0, 0, 0, 1, 0}, 2)},
            {"one pair", smallBank({1, 2, 3, 5}, 1)},
            // The same difference to within the rounding of float32
            {"one shift", smallBank({1.1f, 2, 0.1f, 2, 5.3f, 0.7f, 4.3f, 0.7f, 0.3f, 9, -0.7f, 9}, 3)},
            {"two pairs", smallBank({1, 2, 3, 5, 2, 2, 4, 1}, 2)},
            {"no spread", smallBank({1, 2, 3, 5, 1, 2, 3, 5, 1, 2, 3, 5}, 3)},
            {"none", smallBank({}, 0)},
            {"NaN", smallBank({1, NAN, 3, 5, 2, 2, 4, 1, 0, 3, 1, 1}, 3)},
            {"infinite", smallBank({1, INFINITY, 3, 5, 2, 2, 4, 1, 0, 3, 1, 1}, 3)},
        };
        const QString given = refusal([&] { fit(banks.at(input), method.toUtf8().constData()); });
        QVERIFY2(given.contains(message), qPrintable(given));
        try {
            fit(banks.at(input), method.toUtf8().constData());
        } catch (const Error& error) {
            QVERIFY(!error.remedy().empty());
        }
    }

    void onePairIsEnoughForTheOthers()
    {
        // A difference (3, 4): whatever has no spread to see gives just that.
        const auto bank = smallBank({4, 6, 1, 2}, 1);
        for (const char* method : {"mean_difference", "caa", "pca_center", "repe_pca", "logistic"}) {
            const auto v = fitVector(bank, findExtractor(method), Normalisation::Unit).layers.at(4).values;
            QVERIFY(std::abs(v[0] - 0.6f) < 1e-6f && std::abs(v[1] - 0.8f) < 1e-6f);
        }
    }

    void theLowestLayerIsNamed()
    {
        ActivationBank bank = m_bank;
        for (const int64_t layer : {1, 3})
            for (int64_t item = 0; item < bank.items; ++item)
                std::copy_n(
                    bank.at(item, 1, layer), bank.hidden, const_cast<float*>(bank.at(item, 0, layer)));
        for (const char* method : {"mean_difference", "pca_center", "logistic"})
            QVERIFY(refusal([&] { fit(bank, method); }).startsWith("layer 6:"));
    }

    void solvesPositiveDefiniteSystems()
    {
        for (const size_t size : {1, 2, 3, 5, 16, 37, 70}) {
            dense::Matrix a = dense::gram(noise(size, size + 9));
            std::vector<double> x(size);
            for (size_t i = 0; i < size; ++i)
                x[i] = double(i) - 3.5;
            const auto solved = dense::Cholesky(a).solve(dense::times(a, x));
            for (size_t i = 0; i < size; ++i)
                QVERIFY(std::abs(solved[i] - x[i]) < 1e-9 * double(size));
        }
        dense::Matrix singular(2, 2);
        singular.row(0)[0] = singular.row(0)[1] = singular.row(1)[0] = singular.row(1)[1] = 1;
        QVERIFY(refusal([&] { dense::Cholesky{singular}; }).contains("double precision"));
    }

    void gramMatrixHoldsTheProducts()
    {
        for (const size_t rows : {1, 2, 4, 5, 11}) {
            const dense::Matrix x = noise(rows, 13);
            const dense::Matrix products = dense::gram(x);
            for (size_t i = 0; i < rows; ++i)
                for (size_t j = 0; j < rows; ++j) {
                    double sum = 0;
                    for (size_t k = 0; k < 13; ++k)
                        sum += x.row(i)[k] * x.row(j)[k];
                    QVERIFY(std::abs(products.row(i)[j] - sum) < 1e-13);
                }
        }
    }

    void mainDirectionIsAnEigenvector()
    {
        for (const auto& [rows, columns] :
            {std::pair{1, 7}, {2, 2}, {7, 1}, {5, 90}, {90, 5}, {60, 60}, {70, 200}}) {
            dense::Matrix x = noise(size_t(rows), size_t(columns));
            if (rows > 10)
                dense::centre(x);
            const auto v = dense::mainDirection(x);
            const auto image = dense::transposedTimes(x, dense::times(x, v));
            const double value = dense::dot(image, v);
            for (size_t k = 0; k < v.size(); ++k)
                QVERIFY(std::abs(image[k] - value * v[k]) < 1e-10 * value);
            QVERIFY(std::abs(dense::dot(v, v) - 1) < 1e-12);
            // The largest: a hundred multiplications bring no other direction above it.
            std::vector<double> other(v.size(), 1.0);
            other[0] = 2;
            for (int i = 0; i < 100; ++i) {
                other = dense::transposedTimes(x, dense::times(x, other));
                const double norm = std::sqrt(dense::dot(other, other));
                for (double& component : other)
                    component /= norm;
            }
            const auto seen = dense::times(x, other);
            QVERIFY(dense::dot(seen, seen) <= value * (1 + 1e-12));
        }
    }

    void equalMainDirectionsGiveOneOfThem()
    {
        dense::Matrix x(4, 6);
        for (size_t i = 0; i < 4; ++i)
            x.row(i)[i] = i < 2 ? 5 : 1;
        const auto v = dense::mainDirection(x);
        QVERIFY(std::abs(v[0] * v[0] + v[1] * v[1] - 1) < 1e-12);
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
        QVERIFY(refusal([&] { diagnose(smallBank({3, 0, 1, 0}, 1), wide, 5); }).contains("3 values"));
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
