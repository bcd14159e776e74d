#include "core/base/threads.h"
#include "core/io/safetensors.h"
#include "core/steer/extractor.h"
#include "core/study/layer_texts.h"
#include "core/study/recommendation.h"
#include "core/study/resampling.h"
#include "core/study/samples.h"
#include "core/study/scatter.h"
#include "core/study/separation.h"
#include "core/study/words.h"
#include "tests/support/goldens.h"
#include "tests/support/refusal.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>
#include <random>
#include <set>

using namespace tiller;
using tiller::test::refusal;

namespace {

const ExtractorInfo& meanDifference()
{
    return findExtractor("mean_difference");
}

// What distinguishes the two sides of pair `item` at `layer`, added to the positive's activation and taken
// from the negative's.
using Half = std::function<std::vector<double>(int item, int layer)>;

// Pairs with a topic of their own (shared by both sides, twice as large as the noise), noise of variance 1 in
// every dimension of either side, and a mean far from zero.
ActivationBank pairs(int items, int layers, int hidden, const Half& half, uint64_t seed = 1)
{
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    ActivationBank bank;
    bank.items = items;
    bank.sides = 2;
    bank.hidden = hidden;
    bank.layers.resize(size_t(layers));
    std::iota(bank.layers.begin(), bank.layers.end(), 0);
    bank.values.resize(size_t(items * 2 * layers * hidden));
    for (int item = 0; item < items; ++item)
        for (int layer = 0; layer < layers; ++layer) {
            const std::vector<double> planted = half(item, layer);
            for (int k = 0; k < hidden; ++k) {
                const double shared = 2 * normal(random) + (k == 3 ? 300 : 0);
                for (int side = 0; side < 2; ++side)
                    const_cast<float*>(bank.at(item, side, layer))[k]
                        = float(shared + normal(random) + (side == 0 ? 1 : -1) * planted[size_t(k)]);
            }
        }
    return bank;
}

std::vector<double> along(int hidden, int dimension, double length)
{
    std::vector<double> v(size_t(hidden), 0.0);
    v.at(size_t(dimension)) = length;
    return v;
}

Half same(int hidden, double length)
{
    return [=](int, int) { return along(hidden, 7, length); };
}

// Labelled examples, positives first. No two have a topic in common.
ActivationBank examples(int positives, int negatives, int layers, int hidden, const Half& half)
{
    const ActivationBank from = pairs(positives + negatives, layers, hidden, half);
    ActivationBank bank = from;
    bank.sides = 1;
    bank.values.clear();
    for (int item = 0; item < positives + negatives; ++item) {
        const float* row = from.at(item, item < positives ? 0 : 1, 0);
        bank.values.insert(bank.values.end(), row, row + layers * hidden);
        bank.labels.push_back(item < positives);
    }
    return bank;
}

Diagnostics measured(const ActivationBank& bank, const ExtractorInfo& method = meanDifference(),
    Normalisation normalisation = Normalisation::None)
{
    return diagnose(bank, fitVector(bank, method, normalisation), int(bank.layers.size()));
}

Diagnostics resampled(const ActivationBank& bank, const ExtractorInfo& method = meanDifference(),
    Normalisation normalisation = Normalisation::None, const Job& job = {})
{
    return resample(measured(bank, method, normalisation), bank, method, normalisation, {}, job);
}

const DiagnosticWarning* warning(const Diagnostics& diagnostics, const char* words)
{
    for (const DiagnosticWarning& w : diagnostics.warnings)
        if (w.text.find(words) != std::string::npos)
            return &w;
    return nullptr;
}

std::vector<float> values(const SafetensorsFile& file, const char* name)
{
    const TensorView* tensor = file.find(name);
    std::vector<float> result(tensor->data.size() / sizeof(float));
    std::memcpy(result.data(), tensor->data.data(), tensor->data.size());
    return result;
}

// Activations of the default model on 16 pairs, at layers 0, 6, 12, 18 and 24.
ActivationBank realBank()
{
    const SafetensorsFile file = SafetensorsFile::open(goldens::data("smollm2/golden.safetensors"));
    const auto positive = values(file, "activations.positive.completion_mean");
    const auto negative = values(file, "activations.negative.completion_mean");
    ActivationBank bank;
    bank.items = 16;
    bank.sides = 2;
    bank.hidden = 576;
    bank.layers = {0, 6, 12, 18, 24};
    const std::ptrdiff_t block = 5 * 576;
    for (std::ptrdiff_t item = 0; item < 16; ++item)
        for (const auto* side : {&positive, &negative})
            bank.values.insert(
                bank.values.end(), side->begin() + item * block, side->begin() + (item + 1) * block);
    return bank;
}

std::vector<ResampledFigures> figuresOf(const Diagnostics& diagnostics)
{
    std::vector<ResampledFigures> figures;
    for (const LayerDiagnostics& layer : diagnostics.layers)
        figures.push_back(layer.resampled.value());
    return figures;
}

bool identical(const Diagnostics& a, const Diagnostics& b)
{
    return std::ranges::equal(figuresOf(a), figuresOf(b), [](const auto& x, const auto& y) {
        return x.auc == y.auc && x.accuracy == y.accuracy && x.splitHalf == y.splitHalf
            && x.splitHalfBand.low == y.splitHalfBand.low && x.splitHalfBand.high == y.splitHalfBand.high
            && x.normBand.low == y.normBand.low && x.normBand.high == y.normBand.high
            && x.withoutItem == y.withoutItem && x.heldOut == y.heldOut && x.foldAuc == y.foldAuc
            && x.p == y.p;
    });
}

}

class TestDiagnostics : public QObject {
    Q_OBJECT

private slots:
    void areaCountsCombinations()
    {
        QCOMPARE(areaUnderCurve({3, 1, 2}, {2.5, 0, 2}), (1 + 1.5 + 3) / 9);
        std::mt19937 random(3);
        for (int round = 0; round < 50; ++round) {
            std::vector<double> positive(1 + random() % 9);
            std::vector<double> negative(1 + random() % 9);
            for (auto* side : {&positive, &negative})
                for (double& value : *side)
                    value = double(random() % 5);
            double wins = 0;
            for (const double p : positive)
                for (const double n : negative)
                    wins += p > n ? 1 : p == n ? 0.5 : 0;
            QCOMPARE(areaUnderCurve(positive, negative), wins / double(positive.size() * negative.size()));
        }
    }

    void immediateFiguresByHand()
    {
        // Differences (4, 0), (2, 0), (0, 2): v = (2, 2/3). Layer 5 is layer 4 mirrored in y.
        ActivationBank bank;
        bank.items = 3;
        bank.sides = 2;
        bank.hidden = 2;
        bank.layers = {4, 5};
        bank.values
            = {4, 3, 4, -3, 0, 3, 0, -3, /**/ 1, 0, 1, 0, -1, 0, -1, 0, /**/ 0, 1, 0, -1, 0, -1, 0, 1};
        const Diagnostics all = measured(bank);
        QCOMPARE(all.layers.size(), size_t(2));
        const LayerDiagnostics& layer = all.layers[0];
        const double norm = std::sqrt(4 + 4.0 / 9);
        QVERIFY(std::abs(layer.norm - norm) < 1e-6);
        QCOMPARE(layer.meanResidualNorm, (5 + 3 + 1 + 1 + 1 + 1) / 6.0);
        QVERIFY(std::abs(layer.push - norm / 2) < 1e-6);
        QVERIFY(std::abs(layer.gap - layer.push) < 1e-6); // of a mean difference
        // sum (d.u)^2 = (64 + 16 + 16/9) / |v|^2, of sum |d|^2 = 24.
        QVERIFY(std::abs(layer.explainedVariance - (64 + 16 + 16.0 / 9) / (norm * norm) / 24) < 1e-6);
        QVERIFY(std::abs(layer.outlierShare - 4 / (norm * norm)) < 1e-6); // one dimension of two
        const double cosine = (4 - 4.0 / 9) / (norm * norm);
        QCOMPARE(all.cosines[0][0], 1.0F);
        QVERIFY(std::abs(double(all.cosines[0][1]) - cosine) < 1e-6);
        QCOMPARE(all.cosines[0][1], all.cosines[1][0]);
        QVERIFY(!all.resampled());

        // The gap knows the length of no vector, the push does.
        const LayerDiagnostics unit = measured(bank, meanDifference(), Normalisation::Unit).layers[0];
        QVERIFY(std::abs(unit.push - 0.5) < 1e-6);
        QVERIFY(std::abs(unit.gap - layer.gap) < 1e-6);
    }

    void explainedVarianceOfExamples()
    {
        // Around their mean (0, 0): 3, 3 along x and -3, -3; 1, -1, 1, -1 along y.
        ActivationBank bank;
        bank.items = 4;
        bank.sides = 1;
        bank.hidden = 2;
        bank.layers = {0};
        bank.labels = {1, 1, 0, 0};
        bank.values = {3, 1, 3, -1, -3, 1, -3, -1};
        QVERIFY(std::abs(measured(bank).layers[0].explainedVariance - 36.0 / 40) < 1e-9);
    }

    void outlierDimensions()
    {
        ActivationBank bank = pairs(4, 1, 400, same(400, 0), 5);
        SteeringVector vector;
        vector.layers[0].values.assign(400, 1);
        for (const size_t k : {10, 20, 30, 40}) // one per cent
            vector.layers[0].values[k] = 10;
        QVERIFY(std::abs(diagnose(bank, vector, 1).layers[0].outlierShare - 400.0 / 796) < 1e-9);
    }

    void findsPlantedDirection()
    {
        const int hidden = 128;
        const int items = 24;
        const double half = 4;
        for (const bool ofPairs : {true, false}) {
            const ActivationBank bank = ofPairs ? pairs(items, 8, hidden, same(hidden, half))
                                                : examples(items, items, 8, hidden, same(hidden, half));
            const Diagnostics all = resampled(bank);
            QVERIFY(all.resampled());
            for (const LayerDiagnostics& layer : all.layers) {
                const ResampledFigures& figures = *layer.resampled;
                QVERIFY2(figures.auc > (ofPairs ? 0.95 : 0.9), qPrintable(QString::number(figures.auc)));
                QVERIFY(figures.auc <= layer.separation);
                QVERIFY(figures.accuracy > 0.8);
                QVERIFY(figures.foldAuc > 0.85);
                QCOMPARE(figures.p, 1.0 / 201);
                QCOMPARE(figures.withoutItem.size(), size_t(bank.items));
                QVERIFY(std::ranges::min(figures.withoutItem) > 0.95F);

                // Halves of n / 2: v = 2 half + noise of variance s^2 in every dimension.
                const double variance = (ofPairs ? 2 : 2 * 5) / (items / 2.0);
                const double expected = 4 * half * half / (4 * half * half + hidden * variance);
                QVERIFY2(std::abs(figures.splitHalf - expected) < 0.1,
                    qPrintable(QString("%1, expected %2").arg(figures.splitHalf).arg(expected)));
                QVERIFY(figures.splitHalfBand.low < figures.splitHalf);
                QVERIFY(figures.splitHalfBand.high > figures.splitHalf);
                QVERIFY(figures.splitHalfBand.high - figures.splitHalfBand.low < 0.3);
            }
            QVERIFY(!warning(all, "shuffled"));
            QVERIFY(!warning(all, "its own way"));
            QVERIFY(!warning(all, "points against"));
            QVERIFY(all.warnings.empty());
        }
    }

    // |v| varies along u as a mean of `items` differences of variance 2 does.
    void bandOfNormHoldsTheNorm()
    {
        const int items = 40;
        const Diagnostics all = resampled(pairs(items, 12, 200, same(200, 10)));
        double width = 0;
        for (const LayerDiagnostics& layer : all.layers) {
            const Band band = layer.resampled->normBand;
            QVERIFY(band.low < layer.norm && layer.norm < band.high);
            width += (band.high - band.low) / 12;
        }
        const double expected = 2 * 1.645 * std::sqrt(2.0 / items);
        QVERIFY2(
            std::abs(width / expected - 1) < 0.25, qPrintable(QString("%1, %2").arg(width).arg(expected)));
    }

    void bandOfSetLengths()
    {
        const ActivationBank bank = pairs(10, 1, 32, same(32, 2));
        const LayerDiagnostics unit = resampled(bank, meanDifference(), Normalisation::Unit).layers[0];
        QCOMPARE(unit.resampled->normBand.low, unit.norm);
        QCOMPARE(unit.resampled->normBand.high, unit.norm);
        const LayerDiagnostics probe = resampled(bank, findExtractor("logistic")).layers[0];
        QCOMPARE(probe.resampled->normBand.high, probe.norm);

        const LayerDiagnostics residual
            = resampled(bank, meanDifference(), Normalisation::Residual).layers[0];
        QVERIFY(residual.resampled->normBand.low < residual.norm);
        QVERIFY(residual.resampled->normBand.high > residual.norm);
        QVERIFY(residual.resampled->normBand.high - residual.resampled->normBand.low < 0.01 * residual.norm);
    }

    void findsNothingInNoise_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<int>("negatives"); // 0: pairs
        QTest::newRow("pairs") << "mean_difference" << 0;
        QTest::newRow("pairs, pca_diff") << "pca_diff" << 0;
        QTest::newRow("pairs, pca_center") << "pca_center" << 0;
        QTest::newRow("pairs, logistic") << "logistic" << 0;
        QTest::newRow("examples") << "mean_difference" << 12;
        QTest::newRow("fewer negatives") << "mean_difference" << 7;
        QTest::newRow("examples, repe_pca") << "repe_pca" << 12;
    }

    // In more dimensions than texts the fitted texts separate all the same. Every layer is an independent
    // try.
    void findsNothingInNoise()
    {
        QFETCH(QString, method);
        QFETCH(int, negatives);
        const int layers = 40;
        const ActivationBank bank = negatives == 0 ? pairs(12, layers, 200, same(200, 0))
                                                   : examples(12, negatives, layers, 200, same(200, 0));
        const Diagnostics all = resampled(bank, findExtractor(method.toStdString()));
        double auc = 0;
        double accuracy = 0;
        double splitHalf = 0;
        double p = 0;
        int significant = 0;
        for (const LayerDiagnostics& layer : all.layers) {
            if (method == "mean_difference")
                QVERIFY(layer.separation > 0.8);
            auc += layer.resampled->auc / layers;
            accuracy += layer.resampled->accuracy / layers;
            splitHalf += layer.resampled->splitHalf / layers;
            p += layer.resampled->p / layers;
            significant += layer.resampled->p <= 0.05 ? 1 : 0;
        }
        const QByteArray figures = QString("AUC %1, accuracy %2, split-half %3, p %4, %5 significant")
                                       .arg(auc)
                                       .arg(accuracy)
                                       .arg(splitHalf)
                                       .arg(p)
                                       .arg(significant)
                                       .toUtf8();
        QVERIFY2(std::abs(auc - 0.5) < 0.08, figures);
        QVERIFY2(std::abs(accuracy - 0.5) < 0.1, figures);
        QVERIFY2(std::abs(splitHalf) < 0.1 || method == "repe_pca", figures); // which sees no labels
        QVERIFY2(std::abs(p - 0.5) < 0.12, figures);
        QVERIFY2(significant <= 6, figures); // of 2 expected

        const DiagnosticWarning* chance = warning(all, "no better than with shuffled labels");
        QVERIFY(chance);
        QCOMPARE(int(chance->layers.size()), layers - significant);
        QVERIFY(!chance->remedy.empty());
    }

    void namesLayersWithoutSeparation()
    {
        // Nothing on the first four layers and the last.
        const auto half = [](int, int layer) { return along(100, 7, layer < 4 || layer == 9 ? 0 : 4); };
        const Diagnostics all = resampled(pairs(16, 10, 100, half, 13));
        const DiagnosticWarning* chance = warning(all, "no better than with shuffled labels");
        QVERIFY(chance);
        QCOMPARE(chance->layers, (std::vector<int>{0, 1, 2, 3, 9}));
        QVERIFY(chance->text.find("layers 0–3, 9 ") != std::string::npos);
        QVERIFY(all.recommendation.layer >= 4 && all.recommendation.layer <= 7);
    }

    void leaveOneOutFitsWithoutTheItem_data()
    {
        QTest::addColumn<QString>("method");
        for (const ExtractorInfo& method : extractors())
            QTest::newRow(method.name.data()) << QString::fromLatin1(method.name.data());
    }

    // Against the plain way: a bank without the item, fitted as any other.
    void leaveOneOutFitsWithoutTheItem()
    {
        QFETCH(QString, method);
        const ExtractorInfo& info = findExtractor(method.toStdString());
        const ActivationBank bank = realBank();
        const Diagnostics all = resampled(bank, info);
        const SteeringVector whole = fitVector(bank, info, Normalisation::None);
        for (int64_t l = 0; l < 5; ++l) {
            std::vector<double> mean(576, 0.0);
            for (int64_t text = 0; text < 32; ++text)
                for (size_t k = 0; k < 576; ++k)
                    mean[k] += double(bank.at(text / 2, text % 2, l)[k]) / 32;
            std::vector<double> scores[2];
            double right = 0;
            for (int64_t out = 0; out < 16; ++out) {
                std::vector<int> others(16);
                std::iota(others.begin(), others.end(), 0);
                others.erase(others.begin() + out);
                const ActivationBank rest = take(bank, others, labellingOf(bank));
                const LayerVector fitted
                    = fitVector(rest, info, Normalisation::None).layers.at(bank.layers[size_t(l)]);
                const double loss = cosine(fitted.values, whole.layers.at(bank.layers[size_t(l)]).values)
                    - double(all.layers[size_t(l)].resampled->withoutItem[size_t(out)]);
                QVERIFY2(std::abs(loss) < 1e-4, qPrintable(QString::number(loss)));
                for (int64_t side = 0; side < 2; ++side) {
                    double projection = 0;
                    double offset = 0;
                    for (size_t k = 0; k < 576; ++k) {
                        projection
                            += double(bank.at(out, side, l)[k]) * double(fitted.values[k]) / fitted.norm();
                        offset += mean[k] * double(fitted.values[k]) / fitted.norm();
                    }
                    scores[side].push_back(projection - offset);
                    const double limit = (*fitted.positiveProjection + *fitted.negativeProjection) / 2;
                    right += (projection > limit) == (side == 0) ? 1.0 / 32 : 0;
                }
            }
            QCOMPARE(all.layers[size_t(l)].resampled->auc, areaUnderCurve(scores[0], scores[1]));
            QCOMPARE(all.layers[size_t(l)].resampled->accuracy, right);
        }
    }

    void reducedCoordinatesChangeNothing_data()
    {
        QTest::addColumn<QString>("method");
        for (const ExtractorInfo& method : extractors())
            if (method.rotationInvariant)
                QTest::newRow(method.name.data()) << QString::fromLatin1(method.name.data());
    }

    void reducedCoordinatesChangeNothing()
    {
        QFETCH(QString, method);
        const ExtractorInfo& reduced = findExtractor(method.toStdString());
        ExtractorInfo full = reduced;
        full.rotationInvariant = false;
        const ActivationBank bank = realBank();
        const auto a = figuresOf(resampled(bank, reduced));
        const auto b = figuresOf(resampled(bank, full));
        for (size_t l = 0; l < a.size(); ++l) {
            QCOMPARE(a[l].auc, b[l].auc);
            QCOMPARE(a[l].accuracy, b[l].accuracy);
            QVERIFY(std::abs(a[l].splitHalf - b[l].splitHalf) < 1e-4);
            QVERIFY(std::abs(a[l].splitHalfBand.low - b[l].splitHalfBand.low) < 1e-3);
            QVERIFY(std::abs(a[l].normBand.low / b[l].normBand.low - 1) < 1e-5);
            QVERIFY(std::abs(a[l].normBand.high / b[l].normBand.high - 1) < 1e-5);
            QVERIFY(std::abs(a[l].foldAuc - b[l].foldAuc) < 0.01);
            QVERIFY(std::abs(a[l].p - b[l].p) < 0.011);
        }
    }

    // What the fits refuse, they refuse in few coordinates too: the same multiple of rounding decides.
    void reducedCoordinatesKeepThresholds_data()
    {
        QTest::addColumn<double>("difference");
        for (const double difference : {0.0, 1e-5, 1e-3, 1.0})
            QTest::newRow(qPrintable(QString::number(difference))) << difference;
    }

    void reducedCoordinatesKeepThresholds()
    {
        QFETCH(double, difference);
        for (const bool alike : {false, true}) { // every pair differs in the same way
            std::mt19937_64 random(9);
            std::normal_distribution<double> normal;
            ActivationBank bank = pairs(6, 1, 50, same(50, 0), 2);
            for (int64_t item = 0; item < 6; ++item)
                for (int64_t k = 0; k < 50; ++k)
                    const_cast<float*>(bank.at(item, 0, 0))[k] = float(
                        double(bank.at(item, 1, 0)[k]) + difference * (alike ? (k == 7) : normal(random)));
            const ActivationBank full = layerOf(bank, 0);
            const ActivationBank reduced = reducedLayerOf(bank, 0);
            for (const ExtractorInfo& method : extractors()) {
                if (!method.rotationInvariant)
                    continue;
                std::vector<float> inFull;
                std::vector<float> inReduced;
                const QString ofFull = refusal([&] { inFull = method.fit(full, 0); });
                const QString ofReduced = refusal([&] { inReduced = method.fit(reduced, 0); });
                QCOMPARE(ofReduced, ofFull);
                if (ofFull != "accepted" || difference < 0.1)
                    continue;
                // The same direction: the same projections, sign included, but for the shift of the mean.
                const auto projection
                    = [](const ActivationBank& texts, const std::vector<float>& v, int64_t i) {
                          double sum = 0;
                          for (size_t k = 0; k < v.size(); ++k)
                              sum += (double(texts.at(i / 2, i % 2, 0)[k]) - double(texts.at(0, 0, 0)[k]))
                                  * double(v[k]);
                          return sum;
                      };
                for (int64_t i = 0; i < 12; ++i)
                    QVERIFY(std::abs(projection(full, inFull, i) - projection(reduced, inReduced, i)) < 2e-3);
            }
        }
    }

    void reducedCoordinatesKeepDistances()
    {
        const ActivationBank bank = realBank();
        for (int64_t l = 0; l < 5; ++l) {
            const ActivationBank reduced = reducedLayerOf(bank, l);
            QCOMPARE(reduced.hidden, int64_t(32)); // 31 around the mean, and its length
            QVERIFY(std::abs(reduced.meanResidualNorm(0) / bank.meanResidualNorm(l) - 1) < 0.1);
            const auto distance = [](const float* a, const float* b, int64_t width) {
                double sum = 0;
                for (int64_t k = 0; k < width; ++k)
                    sum += std::pow(double(a[k]) - double(b[k]), 2);
                return std::sqrt(sum);
            };
            for (int64_t i = 1; i < 32; ++i) {
                const double before = distance(bank.at(0, 0, l), bank.at(i / 2, i % 2, l), 576);
                const double after = distance(reduced.at(0, 0, 0), reduced.at(i / 2, i % 2, 0), 32);
                QVERIFY(std::abs(after / before - 1) < 1e-5);
            }
        }
    }

    void namesOutlierPair()
    {
        const auto half = [](int item, int) {
            auto planted = along(100, 7, 3);
            if (item == 4)
                planted[50] = 40;
            return planted;
        };
        const ActivationBank bank = pairs(20, 6, 100, half);
        const Diagnostics all = resampled(bank);
        QVERIFY(!warning(measured(bank), "its own way"));
        const DiagnosticWarning* outlier = warning(all, "pair 5 pulls the direction its own way");
        QVERIFY(outlier);
        QCOMPARE(outlier->items, std::vector<int>{4});
        QCOMPARE(outlier->layers, (std::vector<int>{0, 1, 2, 3, 4, 5}));
        QVERIFY(outlier->text.find("layers 0–5") != std::string::npos);
        QCOMPARE(std::ranges::count_if(all.warnings, [](const auto& w) { return !w.items.empty(); }), 1);
        for (const LayerDiagnostics& layer : all.layers) {
            const std::vector<float>& cosines = layer.resampled->withoutItem;
            QCOMPARE(std::ranges::min_element(cosines) - cosines.begin(), 4);
            QVERIFY(cosines[4] < 0.97F);
        }

        // As the reader counts the rows, where some are set aside.
        std::vector<int> rows(20);
        std::iota(rows.begin(), rows.end(), 8);
        const Diagnostics counted
            = resample(diagnose(bank, fitVector(bank, meanDifference(), Normalisation::None), 6, rows), bank,
                meanDifference(), Normalisation::None, {}, {});
        QVERIFY(warning(counted, "pair 12 pulls"));
    }

    void namesReversedItems()
    {
        const auto swapped = [](int item, int layer) {
            return along(100, 7, layer < 2 ? 0 : item == 6 ? -6 : 6); // nothing on two layers
        };
        const Diagnostics all = resampled(pairs(20, 8, 100, swapped));
        const DiagnosticWarning* reversed = warning(all, "pair 7 lies the wrong way round");
        QVERIFY(reversed);
        QCOMPARE(reversed->items, std::vector<int>{6});
        QCOMPARE(reversed->layers, (std::vector<int>{2, 3, 4, 5, 6, 7}));
        QCOMPARE(std::ranges::count_if(all.warnings, [](const auto& w) { return !w.items.empty(); }), 1);
        const std::vector<float>& heldOut = all.layers[5].resampled->heldOut;
        QCOMPARE(heldOut.size(), size_t(40));
        QVERIFY(heldOut[12] < heldOut[13]); // of pair 7
        QVERIFY(heldOut[0] > heldOut[1]);

        const Diagnostics ofExamples = resampled(examples(20, 20, 3, 100, swapped));
        QVERIFY(!warning(ofExamples, "wrong way round"));
        reversed = warning(ofExamples, "example 7 lies on the other side");
        QVERIFY(reversed);
        QCOMPARE(reversed->layers, std::vector<int>{2});
    }

    void namesFlippedLayers()
    {
        const auto flippedOn = [](const std::set<int>& flipped, std::vector<int> layers = {}) {
            ActivationBank bank = pairs(
                12, 10, 64, [&](int, int layer) { return along(64, 7, flipped.contains(layer) ? -4 : 4); });
            if (!layers.empty())
                bank.layers = std::move(layers);
            const Diagnostics all = measured(bank);
            const DiagnosticWarning* flips = warning(all, "points against");
            return flips ? flips->layers : std::vector<int>();
        };
        QCOMPARE(flippedOn({}), std::vector<int>());
        QCOMPARE(flippedOn({6}), std::vector<int>{6});
        QCOMPARE(flippedOn({0, 1}), (std::vector<int>{0, 1}));
        QCOMPARE(flippedOn({3, 4, 5, 6, 7, 8, 9}), (std::vector<int>{0, 1, 2}));
        QCOMPARE(flippedOn({5, 6, 7, 8, 9}), (std::vector<int>{5, 6, 7, 8, 9})); // against the first
        // Layers that are no neighbours are not compared.
        QCOMPARE(flippedOn({5, 6, 7, 8, 9}, {0, 1, 2, 3, 4, 15, 16, 17, 18, 19}), std::vector<int>());
    }

    void warnsOfTheTexts()
    {
        ActivationBank bank = pairs(7, 4, 16, same(16, 5));
        QVERIFY(warning(measured(bank), "Only 7 pairs"));
        QVERIFY(!warning(measured(pairs(8, 4, 16, same(16, 5))), "Only"));
        QVERIFY(warning(measured(examples(9, 5, 4, 16, same(16, 5))), "Only 5 examples of one label"));

        for (int i = 0; i < 7; ++i)
            bank.answerTokens.insert(bank.answerTokens.end(), {30, 21});
        QVERIFY(!warning(measured(bank), "tokens in the mean"));
        for (size_t i = 0; i < 14; i += 2)
            bank.answerTokens[i] = 33;
        QVERIFY(warning(measured(bank), "33 tokens in the mean and negative ones 21"));
        QVERIFY(!warning(measured(bank), "same text on both sides"));
        bank.equalSides = {2, 4, 5};
        const Diagnostics equal = measured(bank);
        const DiagnosticWarning* sides = warning(equal, "Pairs 3, 5–6 have the same text on both sides");
        QVERIFY(sides);
        QCOMPARE(sides->items, (std::vector<int>{2, 4, 5}));
        QVERIFY(!warning(measured(bank), "sink"));
        bank.sinkShare = {0.1F, 0.97F, 0.8F, 0.2F};
        const Diagnostics all = measured(bank);
        const DiagnosticWarning* sink = warning(all, "sink");
        QVERIFY(sink);
        QCOMPARE(sink->layers, (std::vector<int>{1, 2}));
        QVERIFY(sink->text.find("On layers 1–2 the first token makes up to 97 %") != std::string::npos);
        bank.sinkItems = {3};
        bank.repeated = {0, 1, 6};
        const Diagnostics again = measured(bank);
        sink = warning(again, "Pair 4 is read from the first token on: on layers 1–2 it makes up to 97 %");
        QVERIFY(sink);
        QCOMPARE(sink->items, std::vector<int>{3});
        QVERIFY(warning(again, "Pairs 1–2, 7 repeat texts that stand before"));
        for (const Diagnostics* each : {&all, &again})
            for (const DiagnosticWarning& w : each->warnings)
                QVERIFY(w.text.ends_with('.') && w.remedy.ends_with('.'));
    }

    // A sample without a direction knows nothing; the others count.
    void samplesMayHaveNoDirection()
    {
        ActivationBank one = pairs(1, 2, 16, same(16, 5));
        for (const LayerDiagnostics& layer : resampled(one).layers) {
            QCOMPARE(layer.resampled->auc, 0.5);
            QCOMPARE(layer.resampled->accuracy, 0.5);
            QCOMPARE(layer.resampled->splitHalf, 0.0);
            QCOMPARE(layer.resampled->withoutItem, std::vector<float>{0});
            QCOMPARE(layer.resampled->p, 1.0);
        }
        // Two pairs, of which pca_diff makes a direction, and one pair of them, of which it makes none.
        ActivationBank two = pairs(2, 1, 16, same(16, 5));
        const auto figures = figuresOf(resampled(two, findExtractor("pca_diff")));
        QCOMPARE(figures[0].auc, 0.5);
        QCOMPARE(figures[0].splitHalf, 0.0);
        // One of each label: without either there is no other side.
        const auto ofExamples = figuresOf(resampled(examples(1, 1, 2, 16, same(16, 5))));
        QCOMPARE(ofExamples[0].auc, 0.5);
        QCOMPARE(ofExamples[0].accuracy, 0.5);
    }

    void moreTextsThanDimensions()
    {
        const ActivationBank bank = pairs(40, 2, 10, same(10, 3));
        for (const ExtractorInfo& method : extractors())
            for (const LayerDiagnostics& layer : resampled(bank, method).layers)
                QVERIFY(layer.resampled->auc >= 0 && layer.resampled->auc <= 1);
        QVERIFY(resampled(bank).layers[0].resampled->auc > 0.9);
    }

    void samplesAreWhatTheySay()
    {
        const ActivationBank bank = examples(9, 6, 1, 8, same(8, 1));
        Samples samples(bank, 5);
        const auto [first, second] = samples.halves();
        std::set<int> all(first.begin(), first.end());
        all.insert(second.begin(), second.end());
        QCOMPARE(all.size(), size_t(15));
        const auto positives = [](const std::vector<int>& items) {
            return std::ranges::count_if(items, [](int item) { return item < 9; });
        };
        QCOMPARE(positives(first), 4);
        QCOMPARE(positives(second), 5);
        QCOMPARE(first.size(), size_t(7));
        QCOMPARE(positives(samples.bootstrap()), 9);
        const std::vector<int> folds = samples.folds(3);
        for (int fold = 0; fold < 3; ++fold) {
            int members[2] = {};
            for (size_t item = 0; item < 15; ++item)
                members[item < 9] += folds[item] == fold ? 1 : 0;
            QCOMPARE(members[1], 3);
            QCOMPARE(members[0], 2);
        }
        std::set<Labelling> different;
        for (int i = 0; i < 50; ++i) {
            const Labelling labels = samples.shuffled(folds);
            for (int fold = 0; fold < 3; ++fold) {
                int64_t inFold = 0;
                for (size_t item = 0; item < 15; ++item)
                    inFold += folds[item] == fold ? labels[item] : 0;
                QCOMPARE(inFold, 3);
            }
            different.insert(labels);
        }
        QVERIFY(different.size() > 40);

        const ActivationBank twins = pairs(2, 3, 8, same(8, 1));
        const ActivationBank taken = take(twins, {1, 1, 0}, {1, 0});
        QCOMPARE(taken.items, 3);
        for (int64_t l = 0; l < 3; ++l) {
            QVERIFY(std::equal(taken.at(0, 0, l), taken.at(0, 0, l) + 8, twins.at(1, 1, l)));
            QVERIFY(std::equal(taken.at(1, 1, l), taken.at(1, 1, l) + 8, twins.at(1, 0, l)));
            QVERIFY(std::equal(taken.at(2, 0, l), taken.at(2, 0, l) + 8, twins.at(0, 0, l)));
        }
    }

    void sameWithAnyThreads()
    {
        const ActivationBank bank = pairs(12, 6, 64, same(64, 1));
        for (const char* method : {"mean_difference", "pca_diff", "logistic", "whitened"}) {
            const Diagnostics many = resampled(bank, findExtractor(method));
            Diagnostics alone;
            parallelFor(2, 1, [&](int64_t begin, int64_t) { // whose body has no threads beside its own
                if (begin == 0)
                    alone = resampled(bank, findExtractor(method));
            });
            QVERIFY(identical(many, alone));
        }
    }

    void stopsWhenCancelled()
    {
        const ActivationBank bank = pairs(12, 6, 64, same(64, 1));
        Job job;
        int reports = 0;
        job.progress = [&](const Progress& progress) {
            ++reports;
            if (progress.done >= 50)
                job.cancel.cancel();
        };
        bool cancelled = false;
        try {
            resampled(bank, meanDifference(), Normalisation::None, job);
        } catch (const Cancelled&) {
            cancelled = true;
        }
        QVERIFY(cancelled);
        QVERIFY(reports <= 60);
    }

    void reportsProgress()
    {
        Job job;
        Progress last;
        job.progress = [&](const Progress& progress) {
            QVERIFY(progress.done >= last.done);
            QVERIFY(progress.done <= progress.total);
            last = progress;
        };
        resampled(pairs(8, 3, 16, same(16, 1)), meanDifference(), Normalisation::None, job);
        QCOMPARE(last.done, last.total);
        QVERIFY(last.total > 3 * 1000);
    }

    void recommendsByTheRule()
    {
        Diagnostics all;
        all.modelLayers = 8; // middle: 2 to 5
        for (int i = 0; i < 8; ++i) {
            LayerDiagnostics layer;
            layer.layer = i;
            layer.separation = 1;
            layer.gap = 0.1 * (i + 1);
            all.layers.push_back(layer);
        }
        Recommendation r = recommend(all);
        QCOMPARE(r.layer, 5); // the largest gap of the middle
        QCOMPARE(r.candidates, (std::vector<int>{2, 3, 4, 5}));
        QVERIFY(r.reason.find("0.60 of the residual norm") != std::string::npos);
        QVERIFY(r.reason.find("Provisional") != std::string::npos);

        for (LayerDiagnostics& layer : all.layers) {
            layer.resampled.emplace();
            layer.resampled->auc = 0.95;
            layer.resampled->splitHalf = 0.8;
            layer.resampled->p = 0.005;
        }
        r = recommend(all);
        QCOMPARE(r.layer, 5);
        QVERIFY(r.reason.find("Leave-one-out AUC 0.95, split-half cosine 0.80") != std::string::npos);
        QVERIFY(r.reason.find("Provisional") == std::string::npos);

        all.layers[5].resampled->p = 0.2; // not better than shuffled
        all.layers[4].resampled->auc = 0.92; // separates less
        all.layers[3].resampled->splitHalf = 0.6; // repeats less
        r = recommend(all);
        QCOMPARE(r.layer, 2);
        QCOMPARE(r.candidates, std::vector<int>{2});

        all.layers[6].resampled->auc = 0.99; // better than the middle, but not by enough
        QCOMPARE(recommend(all).layer, 2);
        all.layers[6].resampled->auc = 1.01;
        r = recommend(all);
        QCOMPARE(r.layer, 6);
        QVERIFY(r.reason.find("all layers") != std::string::npos);

        for (LayerDiagnostics& layer : all.layers) {
            layer.resampled->auc = 0.5;
            layer.resampled->p = 0.6;
        }
        const std::string doubt = recommend(all).reason;
        QVERIFY(doubt.starts_with("No layer separates"));
        QVERIFY(doubt.find("separate", 18) == std::string::npos); // and does not go on to say that some do

        all.layers.erase(all.layers.begin() + 2, all.layers.end()); // none of the middle
        QCOMPARE(recommend(all).layer, 1);
        all.layers.erase(all.layers.begin());
        r = recommend(all);
        QCOMPARE(r.layer, 1);
        QVERIFY(r.reason.find("only layer extracted") != std::string::npos);
        QCOMPARE(recommend({}).candidates, std::vector<int>());
    }

    void scattersInThePlane()
    {
        // Along x the sides, along y their difference from pair to pair.
        ActivationBank bank;
        bank.items = 2;
        bank.sides = 2;
        bank.hidden = 3;
        bank.layers = {0};
        bank.values = {105, 1, 7, 95, 1, 7, /**/ 105, -1, 7, 95, -1, 7};
        ActivationBank aside = bank;
        aside.items = 1;
        aside.values = {100, 4, 9, 97, 0, 7};
        const Scatter principal = scatter(bank, 0, {}, ScatterAxes::Principal, aside);
        const auto close = [](const Scatter::Point& a, const Scatter::Point& b) {
            return std::abs(a[0] - b[0]) < 1e-6 && std::abs(a[1] - b[1]) < 1e-6;
        };
        QCOMPARE(principal.points.size(), size_t(4));
        QVERIFY(close(principal.points[0], {5, 1})); // positives to the right
        QVERIFY(close(principal.points[1], {-5, 1}));
        QVERIFY(close(principal.points[2], {5, -1}));
        QVERIFY(close(principal.points[3], {-5, -1}));
        QVERIFY(close(principal.shares, {100.0 / 104, 4.0 / 104}));
        QCOMPARE(principal.setAside.size(), size_t(2));
        QVERIFY(close(principal.setAside[0], {0, 4}));
        QVERIFY(close(principal.setAside[1], {-3, 0}));

        const float root = float(std::sqrt(0.5));
        const Scatter onVector = scatter(bank, 0, {10 * root, 0, 10 * root}, ScatterAxes::Direction);
        // Beside u, x leaves (x/2, 0, -x/2).
        QVERIFY(std::abs(onVector.points[0][0] - 5 * double(root)) < 1e-5);
        QVERIFY(std::abs(std::abs(onVector.points[0][1]) - 5 * double(root)) < 1e-5);
        QVERIFY(onVector.setAside.empty());
        QVERIFY(refusal([&] { scatter(bank, 0, {1, 2}, ScatterAxes::Direction); }).contains("2 values"));

        // Nothing varies beside x.
        bank.values = {105, 1, 7, 95, 1, 7, /**/ 105, 1, 7, 95, 1, 7};
        for (const Scatter::Point& point : scatter(bank, 0, {}, ScatterAxes::Principal).points)
            QCOMPARE(point[1], 0.0);
        // Nothing varies.
        bank.values.assign(12, 2);
        for (const Scatter::Point& point : scatter(bank, 0, {}, ScatterAxes::Principal).points)
            QVERIFY(close(point, {0, 0}));
    }

    void scatterSharesVariance()
    {
        const ActivationBank bank = realBank();
        const SteeringVector vector = fitVector(bank, meanDifference(), Normalisation::None);
        for (int64_t l = 0; l < 5; ++l) {
            const auto principal = scatter(bank, l, {}, ScatterAxes::Principal).shares;
            const auto direction
                = scatter(bank, l, vector.layers.at(bank.layers[size_t(l)]).values, ScatterAxes::Direction)
                      .shares;
            QVERIFY(principal[0] >= principal[1] && principal[1] > 0);
            QVERIFY(principal[0] + principal[1] <= 1);
            QVERIFY(principal[0] >= direction[0]); // no direction holds more than the first component
            QVERIFY(principal[0] + principal[1] >= direction[0] + direction[1] - 1e-9); // no plane does
        }
    }

    void writesFiguresAsTextDoes()
    {
        QCOMPARE(fixed(0.984, 2), std::string("0.98"));
        QCOMPARE(fixed(-0.084, 2), std::string("−0.08"));
        QCOMPARE(fixed(-0.004, 2), std::string("0.00"));
    }

    void namesLayersInWords()
    {
        QCOMPARE(layersInWords({12}), std::string("layer 12"));
        QCOMPARE(layersInWords({0, 1, 2, 3, 29}), std::string("layers 0–3, 29"));
        QCOMPARE(layersInWords({4, 5, 9, 11, 12}), std::string("layers 4–5, 9, 11–12"));
    }
};

QTEST_GUILESS_MAIN(TestDiagnostics)
#include "tst_diagnostics.moc"
