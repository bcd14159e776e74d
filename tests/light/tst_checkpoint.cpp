#include "core/io/checkpoint.h"
#include "tests/support/refusal.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

using namespace tiller;
namespace fs = std::filesystem;

namespace {

const fs::path s_models = TILLER_TEST_DATA "/models";

}

class TestCheckpoint : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;

    fs::path folder() const { return m_folder->path().toStdString(); }
    void write(const char* name, const QByteArray& bytes) const
    {
        test::writeFile(m_folder->filePath(name), bytes);
    }

    void copyModel(const char* name) const
    {
        for (const auto& entry : fs::directory_iterator(s_models / name))
            fs::copy_file(entry.path(), folder() / entry.path().filename());
    }

    /// Message and remedy of the refusal.
    static QString refusalOf(const fs::path& path)
    {
        QString remedy;
        const QString message = test::refusal([&] {
            try {
                Checkpoint::open(path);
            } catch (const Error& error) {
                remedy = QString::fromStdString(error.remedy());
                throw;
            }
        });
        return message + " | " + remedy;
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void opensFolder()
    {
        const auto model = Checkpoint::open(s_models / "llama");
        QCOMPARE(model->format(), Checkpoint::Format::HuggingFace);
        QCOMPARE(model->config()["model_type"].get<std::string>(), std::string("llama"));
        QVERIFY(!model->gguf());
        const TensorView* embedding = model->find("model.embed_tokens.weight");
        QVERIFY(embedding);
        QCOMPARE(embedding->shape,
            (std::vector<int64_t>{model->config()["vocab_size"].get<int64_t>(),
                model->config()["hidden_size"].get<int64_t>()}));
        QVERIFY(!model->find("nothing"));
        QVERIFY(!model->tensors().empty());
        model->checkIntact();
    }

    void opensShards()
    {
        const auto model = Checkpoint::open(s_models / "llama3");
        const auto index = readJson(s_models / "llama3" / "model.safetensors.index.json");
        QCOMPARE(model->tensors().size(), index["weight_map"].size());
        QCOMPARE(model->tensorBytes(), index["metadata"]["total_size"].get<uint64_t>());
        for (const auto& [name, shard] : index["weight_map"].items()) {
            QVERIFY(model->find(name));
            QCOMPARE(model->find(name)->name, name);
        }
    }

    void opensGgufByContent()
    {
        const fs::path renamed = folder() / "model.bin";
        fs::copy_file(s_models / "gguf" / "llama_q8_0" / "model.gguf", renamed);
        const auto model = Checkpoint::open(renamed);
        QCOMPARE(model->format(), Checkpoint::Format::Gguf);
        QCOMPARE(model->gguf()->getString("general.architecture"), std::optional<std::string>("llama"));
        QCOMPARE(model->find("output_norm.weight")->dtype, DType::F32);
        QCOMPARE(model->tensors().size(), model->gguf()->tensors().size());
        QVERIFY(model->config().is_object() && model->config().empty());
        QCOMPARE(model->path(), renamed);
    }

    void noticesATruncatedShard()
    {
        copyModel("llama3");
        const auto model = Checkpoint::open(folder());
        model->checkIntact();
        fs::resize_file(folder() / "model-00003-of-00004.safetensors", 1000);
        const QString message = test::refusal([&] { model->checkIntact(); });
        QVERIFY2(message.contains("model-00003-of-00004.safetensors: was truncated"), qPrintable(message));
    }

    void refusesFolders()
    {
        const auto check = [this](const char* reason, const char* remedy) {
            const QString message = refusalOf(folder());
            QVERIFY2(
                message.contains(m_folder->path()) && message.contains(reason) && message.contains(remedy),
                qPrintable(message));
        };
        check("has no config.json; it is empty", "Choose the folder");
        write("notes.txt", "x");
        check("it holds 'notes.txt'", "Choose the folder");
        write("small.gguf", "x");
        check("it holds 'notes.txt', 'small.gguf'", "Open the file 'small.gguf' itself");
        write("config.json", "[]");
        check("config.json: is not a JSON object", "");
        write("config.json", "{\"a\":");
        check("config.json: not valid JSON", "");
        write("config.json", "{}");
        check("has neither model.safetensors nor", "Download");
        write("pytorch_model-00001-of-00002.bin", "PK");
        check("'pytorch_model-00001-of-00002.bin' only, which can carry programs",
            "from transformers import AutoModelForCausalLM; AutoModelForCausalLM.from_pretrained(\"");
        write("adapter_config.json", R"({"base_model_name_or_path":"acme/base"})");
        check("holds an adapter of 'acme/base'", "merge_and_unload");
        write("model.safetensors", "x");
        check("model.safetensors: ends inside", "");
    }

    void namesWeightsOfOtherKinds()
    {
        write("consolidated.00.pth", "PK");
        write("params.json", "{}");
        const QString message = refusalOf(folder());
        QVERIFY2(message.contains("'consolidated.00.pth' only") && message.contains("Hugging Face's form"),
            qPrintable(message));
    }

    void refusesQuantisedFolders_data()
    {
        QTest::addColumn<QByteArray>("quantisation");
        QTest::addColumn<QString>("name");
        QTest::newRow("gptq") << QByteArray(R"({"quant_method":"gptq","bits":4})") << "'gptq'";
        QTest::newRow("awq") << QByteArray(R"({"quant_method":"awq"})") << "'awq'";
        QTest::newRow("bitsandbytes of old") << QByteArray(R"({"load_in_8bit":true})") << "'bitsandbytes'";
        QTest::newRow("unnamed") << QByteArray(R"({"quant_method":7})") << "an unnamed method";
    }

    void refusesQuantisedFolders()
    {
        QFETCH(QByteArray, quantisation);
        QFETCH(QString, name);
        copyModel("llama");
        write("config.json", R"({"model_type":"llama","quantization_config":)" + quantisation + "}");
        const QString message = refusalOf(folder());
        QVERIFY2(
            message.contains("is quantised with " + name) && message.contains("GGUF"), qPrintable(message));
    }

    void refusesIndexes_data()
    {
        QTest::addColumn<QByteArray>("index");
        QTest::addColumn<QString>("reason");
        QTest::newRow("28 path upwards")
            << QByteArray(R"({"weight_map":{"t":"../x"}})") << "'../x', which is not the name";
        QTest::newRow("28 absolute path")
            << QByteArray(R"({"weight_map":{"t":"/etc/passwd"}})") << "not the name of a file";
        QTest::newRow("28 sub-folder")
            << QByteArray(R"({"weight_map":{"t":"a/b"}})") << "not the name of a file";
        QTest::newRow("28 the folder above")
            << QByteArray(R"({"weight_map":{"t":".."}})") << "not the name of a file";
        QTest::newRow("28 NUL") << QByteArray(R"({"weight_map":{"t":"a\u0000b"}})")
                                << "not the name of a file";
        QTest::newRow("28 a number") << QByteArray(R"({"weight_map":{"t":1}})") << "not the name of a file";
        QTest::newRow("28 missing shard") << QByteArray(R"({"weight_map":{"t":"none.safetensors"}})")
                                          << "'none.safetensors', which is missing";
        QTest::newRow("tensor not in its shard")
            << QByteArray(R"({"weight_map":{"t":"model-00001-of-00004.safetensors"}})")
            << "holds the tensor 't', which it does not";
        QTest::newRow("no weight_map") << QByteArray("{}") << "no weight_map";
        QTest::newRow("weight_map a list") << QByteArray(R"({"weight_map":[]})") << "no weight_map";
        QTest::newRow("a list") << QByteArray("[]") << "no weight_map";
    }

    void refusesIndexes()
    {
        QFETCH(QByteArray, index);
        QFETCH(QString, reason);
        copyModel("llama3");
        write("model.safetensors.index.json", index);
        const QString message = refusalOf(folder());
        QVERIFY2(
            message.contains(m_folder->filePath("model.safetensors.index.json")) && message.contains(reason),
            qPrintable(message));
    }

    void refusesFiles_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        QTest::newRow("empty") << "a.gguf" << QByteArray() << "is empty";
        QTest::newRow("text") << "a.gguf" << QByteArray("hello") << "neither a folder nor a GGUF file";
        QTest::newRow("zip") << "a.bin" << QByteArray("PK\3\4") << "can carry programs";
        QTest::newRow("safetensors") << "model.safetensors" << QByteArray(8, '\0')
                                     << "Open the folder that holds it";
        QTest::newRow("config") << "config.json" << QByteArray("{}") << "Open the folder that holds it";
        QTest::newRow("broken GGUF") << "a.gguf" << QByteArray("GGUF\3") << "ends inside the version";
        QTest::newRow("what to do about it") << "b.gguf" << QByteArray("GGUF\3") << "download it again";
    }

    void refusesFiles()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        const QString message = refusalOf(test::writeFile(m_folder->filePath(name), bytes));
        QVERIFY2(message.contains(m_folder->filePath(name)) && message.contains(reason), qPrintable(message));
    }

    void refusesWhatIsNotThere()
    {
        QVERIFY(refusalOf(folder() / "none").contains("none: does not exist"));
        QVERIFY(refusalOf("/dev/zero").contains("not a regular file"));
        QVERIFY(refusalOf(folder() / std::string(300, 'n')).contains("cannot be read"));
    }
};

QTEST_GUILESS_MAIN(TestCheckpoint)
#include "tst_checkpoint.moc"
