// What a vector file says beside its directions, and the shift by a layer.
#include "core/steer/vector_files.h"
#include "tests/support/refusal.h"

#include <QTemporaryDir>
#include <QTest>

using namespace tiller;
using tiller::test::refusal;

namespace {

const std::filesystem::path s_data = TILLER_TEST_DATA "/vector_files";

VectorFileFacts factsOf(const std::filesystem::path& path)
{
    return describeVectorFile(path, readVector(path));
}

}

class VectorFacts : public QObject {
    Q_OBJECT

private slots:
    void everyFormat_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("storedAs");
        QTest::addColumn<QString>("tools");
        QTest::addColumn<bool>("doubt");
        const auto row = [](const char* file, const char* storedAs, const char* tools, bool doubt) {
            QTest::newRow(file) << QString::fromLatin1(file) << QString::fromLatin1(storedAs)
                                << QString::fromLatin1(tools) << doubt;
        };
        row("repeng.gguf", "F32", "repeng, llama.cpp", true);
        row("rotalabs_float16.pt", "F16", "rotalabs-steer", false);
        row("rotalabs_bfloat16.json", "BF16", "rotalabs-steer", false);
        row("rotalabs_set", "F32", "rotalabs-steer", false);
        row("rotalabs_set/metadata.json", "F32", "rotalabs-steer", false);
        row("vec_layer_13_Llama-2-7b-chat-hf.pt", "F32", "CAA and other PyTorch code", false);
        row("dict.pt", "F32", "CAA and other PyTorch code", true);
        row("row_1x16.pt", "F32", "CAA and other PyTorch code", false);
        row("profile.safetensors", "F32", "saklas and others", false);
        row("aisteer.svec", "decimal numbers", "activation-steering, AISteer360", false);
    }

    void everyFormat()
    {
        QFETCH(QString, file);
        QFETCH(QString, storedAs);
        QFETCH(QString, tools);
        QFETCH(bool, doubt);
        const VectorFileFacts facts = factsOf(s_data / file.toStdString());
        QVERIFY(!facts.format.empty());
        QCOMPARE(QString::fromStdString(facts.storedAs), storedAs);
        QCOMPARE(QString::fromStdString(facts.tools), tools);
        QCOMPARE(!facts.layerDoubt.empty(), doubt);
    }

    void ourOwnFilesAreInNoDoubt()
    {
        QTemporaryDir folder;
        SteeringVector vector;
        vector.name = "formality";
        vector.normalisation = "none";
        vector.layers[3].values = {1, 2};
        const auto path = std::filesystem::path(folder.path().toStdString()) / "formality.gguf";
        writeVector(path, vector);
        QCOMPARE(factsOf(path).tools, std::string("Tiller"));
        QVERIFY(factsOf(path).layerDoubt.empty());

        vector.normalisation.clear();
        vector.method = "mix";
        writeVector(path, vector);
        QCOMPARE(factsOf(path).tools, std::string("Tiller"));
    }

    void layersAreShifted()
    {
        SteeringVector vector;
        vector.layers[1].values = {1};
        vector.layers[2].values = {2};
        const SteeringVector shifted = shiftLayers(vector, -1);
        QCOMPARE(shifted.layers.at(0).values, vector.layers.at(1).values);
        QCOMPARE(shifted.layers.at(1).values, vector.layers.at(2).values);
        QVERIFY(refusal([&] { shiftLayers(vector, -2); }).contains("layer 1"));
    }
};

QTEST_APPLESS_MAIN(VectorFacts)
#include "tst_vector_facts.moc"
