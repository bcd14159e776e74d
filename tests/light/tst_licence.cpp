// The licence that a model's files name.
#include "core/io/licence.h"
#include "tests/support/refusal.h"

#include <QTemporaryDir>
#include <QTest>

using namespace tiller;
namespace fs = std::filesystem;

class TestLicence : public QObject {
    Q_OBJECT

private slots:
    void ofFolders_data()
    {
        QTest::addColumn<QByteArray>("readme");
        QTest::addColumn<QString>("licence");
        QTest::newRow("scalar") << QByteArray("---\nlanguage: en\nlicense: apache-2.0\ntags: [a]\n---\n# T\n")
                                << "apache-2.0";
        QTest::newRow("quoted, CRLF") << QByteArray("---\r\nlicense: \"mit\"\r\n---\r\n") << "mit";
        QTest::newRow("list") << QByteArray("---\nlicense:\n- llama2\nlibrary: x\n---\n") << "llama2";
        QTest::newRow("other, named")
            << QByteArray("---\nlicense: other\nlicense_name: qwen-research\nlicense_link: LICENSE\n---\n")
            << "qwen-research";
        QTest::newRow("other") << QByteArray("---\nlicense: other\n---\n") << "other";
        QTest::newRow("after the front matter") << QByteArray("---\nlanguage: en\n---\nlicense: mit\n") << "";
        QTest::newRow("no front matter") << QByteArray("license: mit\n") << "";
        QTest::newRow("control characters") << QByteArray("---\nlicense: a\x1b[2Jb\n---\n") << "a [2Jb";
        QTest::newRow("not UTF-8") << QByteArray("---\nlicense: a\xff\n---\n") << "";
    }

    void ofFolders()
    {
        QFETCH(QByteArray, readme);
        QFETCH(QString, licence);
        QTemporaryDir folder;
        const fs::path model = folder.path().toStdString();
        for (const char* name : {"config.json", "model.safetensors"})
            fs::copy_file(fs::path(TILLER_TEST_DATA "/models/llama") / name, model / name);
        QCOMPARE(licenceOf(*Checkpoint::open(model)), std::string());
        test::writeFile(folder.filePath("README.md"), readme);
        QCOMPARE(QString::fromStdString(licenceOf(*Checkpoint::open(model))), licence);
        test::writeFile(folder.filePath("LICENSE"), "Terms");
        QCOMPARE(QString::fromStdString(licenceOf(*Checkpoint::open(model))),
            licence.isEmpty() ? QString("see LICENSE") : licence);
    }

    void ofGguf()
    {
        QTemporaryDir folder;
        const fs::path path = folder.filePath("a.gguf").toStdString();
        const std::vector<GgufTensorOut> tensors = {{"t", {1}, {1.0f}}};
        const auto written = [&](const std::vector<std::pair<std::string, GgufValue>>& metadata) {
            writeGguf(path, metadata, tensors);
            return licenceOf(*Checkpoint::open(path));
        };
        QCOMPARE(written({{"general.architecture", std::string("llama")}}), std::string());
        QCOMPARE(written({{"general.license", std::string("apache-2.0")}}), std::string("apache-2.0"));
        QCOMPARE(written({{"general.license", std::string("other")},
                     {"general.license.name", std::string("gemma")}}),
            std::string("gemma"));
        QCOMPARE(written({{"general.license", int64_t{7}}}), std::string());
    }
};

QTEST_GUILESS_MAIN(TestLicence)
#include "tst_licence.moc"
