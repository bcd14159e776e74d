// Models that Hugging Face's tools have downloaded, in a cache made as they lay it out.
#include "core/base/hugging_face_cache.h"
#include "core/base/paths.h"
#include "core/io/checkpoint.h"
#include "core/model/installed_models.h"
#include "tests/support/refusal.h"

#include <QTemporaryDir>
#include <QTest>

using namespace tiller;
namespace fs = std::filesystem;

namespace {

const fs::path s_models = TILLER_TEST_DATA "/models";

}

class TestHuggingFaceCache : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;

    fs::path root() const { return m_folder->path().toStdString(); }
    fs::path cache() const { return root() / "hub"; }

    void write(const fs::path& path, const QByteArray& bytes) const
    {
        fs::create_directories(path.parent_path());
        test::writeFile(QString::fromStdString(path.string()), bytes);
    }

    /// A snapshot whose files are links into blobs/.
    fs::path add(const std::string& repository, const std::string& revision, const fs::path& model) const
    {
        const fs::path folder = cache() / repository;
        const fs::path snapshot = folder / "snapshots" / revision;
        fs::create_directories(folder / "blobs");
        fs::create_directories(snapshot);
        for (const auto& entry : fs::directory_iterator(model)) {
            const fs::path name = entry.path().filename();
            if (name.string().starts_with("golden"))
                continue;
            fs::copy_file(
                entry.path(), folder / "blobs" / (revision + name.string()), fs::copy_options::skip_existing);
            fs::create_symlink(fs::path("../../blobs") / (revision + name.string()), snapshot / name);
        }
        return snapshot;
    }

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        qputenv("HF_HUB_CACHE", QByteArray::fromStdString(cache().string()));
        qputenv("XDG_DATA_HOME", QByteArray::fromStdString((root() / "data").string()));
    }

    void isWhereItsToolsHaveIt()
    {
        QCOMPARE(huggingFaceCache(), cache());
        qunsetenv("HF_HUB_CACHE");
        qputenv("HF_HOME", "/somewhere/hf");
        QCOMPARE(huggingFaceCache(), fs::path("/somewhere/hf/hub"));
        qunsetenv("HF_HOME");
        qputenv("XDG_CACHE_HOME", "/caches");
        QCOMPARE(huggingFaceCache(), fs::path("/caches/huggingface/hub"));
        qunsetenv("XDG_CACHE_HOME");
        QCOMPARE(huggingFaceCache(), fs::path(qgetenv("HOME").toStdString()) / ".cache/huggingface/hub");
    }

    void findsSnapshots()
    {
        QVERIFY(cachedRepositories().empty());
        add("models--acme--tiny", "aaa", s_models / "llama");
        const fs::path current = add("models--acme--tiny", "bbb", s_models / "llama");
        write(cache() / "models--acme--tiny/refs/main", "bbb\n");
        const fs::path only = add("models--gpt2", "ccc", s_models / "mistral");
        fs::create_directories(cache() / "datasets--acme--texts/snapshots/ddd");
        fs::create_directories(cache() / "models--acme--empty/snapshots");
        write(cache() / "version.txt", "1");

        const auto found = cachedRepositories();
        QCOMPARE(found.size(), size_t(2));
        QCOMPARE(found[0].name, std::string("acme/tiny"));
        QCOMPARE(found[0].snapshot, current);
        QCOMPARE(found[1].name, std::string("gpt2"));
        QCOMPARE(found[1].snapshot, only);
    }

    void takesTheNewestWhereRefsFail_data()
    {
        QTest::addColumn<QByteArray>("reference");
        QTest::newRow("gone") << QByteArray("fff");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("upwards") << QByteArray("..");
        QTest::newRow("elsewhere") << QByteArray("../../models--acme--other/snapshots/old");
        QTest::newRow("NUL") << QByteArray("old\0", 4);
    }

    void takesTheNewestWhereRefsFail()
    {
        QFETCH(QByteArray, reference);
        add("models--acme--other", "old", s_models / "mistral");
        const fs::path old = add("models--acme--tiny", "old", s_models / "llama");
        const fs::path recent = add("models--acme--tiny", "recent", s_models / "llama");
        fs::last_write_time(old, fs::last_write_time(recent) - std::chrono::hours(1));
        write(cache() / "models--acme--tiny/refs/main", reference);
        QCOMPARE(resolveSnapshot(cache() / "models--acme--tiny"), recent);
    }

    void resolvesFoldersAndNames()
    {
        const fs::path snapshot = add("models--acme--tiny", "aaa", s_models / "llama");
        const fs::path folder = cache() / "models--acme--tiny";
        QCOMPARE(resolveModelArgument(folder), snapshot);
        QCOMPARE(resolveModelArgument(folder.string() + "/"), snapshot);
        QCOMPARE(resolveModelArgument("acme/tiny"), snapshot);
        QCOMPARE(resolveModelArgument(snapshot), snapshot);
        QCOMPARE(resolveModelArgument("acme/none"), fs::path("acme/none"));
        QCOMPARE(resolveModelArgument("/nowhere/model.gguf"), fs::path("/nowhere/model.gguf"));

        fs::create_directories(cache() / "models--acme--empty/snapshots");
        const QString refused = test::refusal([&] { resolveModelArgument(cache() / "models--acme--empty"); });
        QVERIFY2(refused.contains("has no snapshot of acme/empty"), qPrintable(refused));

        // The links are followed, and the model is called by its repository.
        const auto model = Checkpoint::open(snapshot);
        QVERIFY(model->find("model.embed_tokens.weight"));
        QCOMPARE(repositoryName(snapshot), std::string("acme/tiny"));
        QCOMPARE(repositoryName(snapshot.string() + "/"), std::string("acme/tiny"));
        QCOMPARE(repositoryName(folder), std::string("acme/tiny"));
        QCOMPARE(repositoryName(s_models / "llama"), std::string());
    }

    void listsWhatCanBeOpened()
    {
        const fs::path tiny = add("models--acme--tiny", "aaa", s_models / "llama");
        const fs::path other = add("models--acme--bert", "bbb", s_models / "llama");
        fs::remove(other / "config.json");
        write(other / "config.json", R"({"model_type":"bert"})");
        add("models--acme--texts", "ccc", s_models / "llama");
        fs::remove(cache() / "models--acme--texts/snapshots/ccc/model.safetensors");
        const fs::path packed = add("models--acme--packed", "ddd", s_models / "gguf/llama_q8_0");
        write(packed / "mmproj-model.gguf", "GGUF");
        const fs::path own = root() / "data/tiller/models";
        fs::create_directories(own);
        fs::copy_file(s_models / "gguf/llama_q8_0/model.gguf", own / "mine.Q8_0.gguf");
        write(own / "broken.gguf", "GGUF");

        const auto found = installedModels({});
        QStringList titles;
        for (const InstalledModel& model : found)
            titles << QString::fromStdString(model.title);
        QCOMPARE(titles, (QStringList{"acme/bert", "acme/packed/model", "acme/tiny", "broken", "mine.Q8_0"}));
        QVERIFY2(found[0].problem.find("bert") != std::string::npos, found[0].problem.c_str());
        QCOMPARE(found[1].path, packed / "model.gguf");
        QVERIFY2(found[1].problem.empty() && found[1].isCached, found[1].problem.c_str());
        QCOMPARE(found[2].path, tiny);
        QVERIFY2(found[2].problem.empty(), found[2].problem.c_str());
        QVERIFY(!found[3].problem.empty() && !found[3].isCached);
        QVERIFY(found[4].problem.empty());
    }

    void canBeCancelled()
    {
        add("models--acme--tiny", "aaa", s_models / "llama");
        const CancelToken cancel;
        cancel.cancel();
        QVERIFY_EXCEPTION_THROWN(installedModels(cancel), Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestHuggingFaceCache)
#include "tst_hugging_face_cache.moc"
