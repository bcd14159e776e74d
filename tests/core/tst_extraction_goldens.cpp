#include "core/base/paths.h"
#include "core/engine.h"
#include "tests/support/goldens.h"

#include <QTest>

using namespace tiller;

// The default model's vectors against those of data/smollm2/make_goldens.py, every method from one pass.
class TestExtractionGoldens : public QObject {
    Q_OBJECT

    SafetensorsFile m_golden = SafetensorsFile::open(goldens::data("smollm2/golden.safetensors"));
    ActivationBank m_bank;

    // Do as many pairs project higher on v as lower?
    bool balanced(int layer, const std::vector<float>& v) const
    {
        int side = 0;
        for (int64_t item = 0; item < m_bank.items; ++item) {
            double margin = 0;
            for (size_t k = 0; k < v.size(); ++k)
                margin += double(v[k])
                    * (double(m_bank.at(item, 0, layer)[k]) - double(m_bank.at(item, 1, layer)[k]));
            side += margin > 0 ? 1 : -1;
        }
        return side == 0;
    }

private slots:
    void initTestCase()
    {
        LoadOptions options;
        options.dtype = "f32";
        ExtractRequest request;
        request.set = readContrastSet(goldens::data("smollm2/pairs.json")).set;
        request.read = parseReadPosition("completion");
        m_bank = Engine::open(defaultModelPath(), options, {})->extract(request, {}).bank;
        QCOMPARE(m_bank.layers.size(), size_t(30));
    }

    void agrees_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<QString>("golden");
        QTest::newRow("mean_difference") << "mean_difference"
                                         << "mean_difference.completion_mean";
        QTest::newRow("pca_diff") << "pca_diff"
                                  << "pca_diff.completion_mean";
        QTest::newRow("pca_center") << "pca_center"
                                    << "pca_center.completion_mean";
        QTest::newRow("repe_pca") << "repe_pca"
                                  << "pca_labelled.completion_mean";
    }

    void agrees()
    {
        QFETCH(QString, method);
        QFETCH(QString, golden);
        const auto expected = goldens::floats(m_golden, golden.toStdString());
        const SteeringVector vector
            = fitVector(m_bank, findExtractor(method.toStdString()), Normalisation::None);
        QCOMPARE(vector.layers.size(), size_t(30));
        double worst = 1;
        for (const auto& [layer, direction] : vector.layers) {
            const size_t hidden = direction.values.size();
            double cosine
                = goldens::cosine(direction.values.data(), expected.data() + size_t(layer) * hidden, hidden);
            if (method == "pca_diff" && balanced(layer, direction.values)) {
                // Half the pairs project higher: the reference leaves the sign to its SVD, we to the mean.
                QVERIFY(*direction.positiveProjection > *direction.negativeProjection);
                qInfo("layer %d: as many pairs project higher as lower", layer);
                cosine = std::abs(cosine);
            }
            worst = std::min(worst, cosine);
            QVERIFY2(cosine >= 0.999, qPrintable(QString("layer %1: %2").arg(layer).arg(cosine)));
        }
        qInfo("1 - worst cosine: %.2g", 1 - worst);
    }

    // Of what has no reference on all layers: that it tells the two sides apart, and agrees with the mean.
    void probesSeparateTheSides()
    {
        const SteeringVector mean = fitVector(m_bank, findExtractor("mean_difference"), Normalisation::Unit);
        for (const char* method : {"logistic", "whitened"}) {
            const SteeringVector vector = fitVector(m_bank, findExtractor(method), Normalisation::Unit);
            for (const LayerDiagnostics& layer : diagnose(m_bank, vector, 30).layers) {
                QCOMPARE(layer.separation, 1.0);
                const auto& values = vector.layers.at(layer.layer).values;
                QVERIFY(
                    goldens::cosine(values.data(), mean.layers.at(layer.layer).values.data(), values.size())
                    > 0);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestExtractionGoldens)
#include "tst_extraction_goldens.moc"
