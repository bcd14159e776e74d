#include "core/io/atomic_write.h"
#include "core/io/mapped_file.h"
#include "tests/support/refusal.h"

#include <QTemporaryDir>
#include <QTest>
#include <sys/stat.h>
#include <unistd.h>

using namespace tiller;
namespace fs = std::filesystem;

class TestFiles : public QObject {
    Q_OBJECT

private:
    static QByteArray contents(const fs::path& path)
    {
        QFile file(QString::fromStdString(path.string()));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
    }

private slots:
    void mapsAFile()
    {
        QTemporaryDir folder;
        const auto file = MappedFile::open(test::writeFile(folder.filePath("a"), "hello"));
        QCOMPARE(file->bytes().size(), size_t(5));
        QCOMPARE(char(file->bytes()[4]), 'o');
        QVERIFY(MappedFile::open(test::writeFile(folder.filePath("empty"), {}))->bytes().empty());
    }

    void refusesWhatIsNoFile_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("reason");
        QTest::newRow("missing") << "/nowhere/at/all"
                                 << "cannot be read";
        QTest::newRow("folder") << "/tmp"
                                << "is a folder";
        QTest::newRow("device") << "/dev/zero"
                                << "not a regular file";
    }

    void refusesWhatIsNoFile()
    {
        QFETCH(QString, path);
        QFETCH(QString, reason);
        const QString message = test::refusal([&] { MappedFile::open(path.toStdString()); });
        QVERIFY2(message.startsWith(path) && message.contains(reason), qPrintable(message));
    }

    void doesNotWaitForANamedPipe()
    {
        QTemporaryDir folder;
        const auto path = folder.filePath("pipe").toStdString();
        QCOMPARE(mkfifo(path.c_str(), 0600), 0);
        const QString message = test::refusal([&] { MappedFile::open(path); });
        QVERIFY2(message.contains("not a regular file"), qPrintable(message));
    }

    void noticesTruncation()
    {
        QTemporaryDir folder;
        const auto path = test::writeFile(folder.filePath("a"), QByteArray(10'000, 'x'));
        const auto file = MappedFile::open(path);
        file->checkIntact();
        fs::resize_file(path, 100);
        QVERIFY_EXCEPTION_THROWN(file->checkIntact(), Error);
    }

    void writesAndReplaces()
    {
        QTemporaryDir folder;
        const fs::path path = folder.filePath("a").toStdString();
        atomicWrite(path, "first");
        QCOMPARE(contents(path), "first");
        chmod(path.c_str(), 0640);
        const auto mapped = MappedFile::open(path);
        const std::string large(3'000'000, 'y');
        atomicWrite(path, large);
        QCOMPARE(contents(path).toStdString(), large);
        QCOMPARE(char(mapped->bytes()[0]), 'f'); // the old mapping still shows the old file
        mapped->checkIntact();
        struct stat status;
        QCOMPARE(stat(path.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 07777, 0640u);
        QCOMPARE(std::distance(fs::directory_iterator(path.parent_path()), {}), 1); // no temporary file left
    }

    void takesTheUmaskForNewFiles()
    {
        QTemporaryDir folder;
        const auto path = folder.filePath("a").toStdString();
        const mode_t before = umask(027);
        atomicWrite(path, "x");
        umask(before);
        struct stat status;
        QCOMPARE(stat(path.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 07777, 0640u);
    }

    void writesIntoTheWorkingFolder()
    {
        QTemporaryDir folder;
        const fs::path before = fs::current_path();
        fs::current_path(folder.path().toStdString());
        atomicWrite("bare", "x");
        fs::current_path(before);
        QCOMPARE(contents(folder.filePath("bare").toStdString()), "x");
    }

    void followsSymbolicLinks()
    {
        QTemporaryDir folder;
        const fs::path target = folder.filePath("target").toStdString();
        const fs::path link = folder.filePath("link").toStdString();
        atomicWrite(target, "old");
        fs::create_symlink("target", link);
        atomicWrite(link, "new");
        QVERIFY(fs::is_symlink(link));
        QCOMPARE(contents(target), "new");
    }

    void saysWhyItCannotWrite()
    {
        QTemporaryDir folder;
        const fs::path path = folder.path().toStdString();
        const QString missing = test::refusal([&] { atomicWrite(path / "none" / "a", "x"); });
        QVERIFY2(missing.contains("/none/a: cannot be written: No such file"), qPrintable(missing));
        const QString directory = test::refusal([&] { atomicWrite(path, "x"); });
        QVERIFY2(directory.contains("Is a directory"), qPrintable(directory));
        const QString device = test::refusal([] { atomicWrite("/dev/null", "x"); });
        QVERIFY2(device.contains("not a regular file"), qPrintable(device));
        if (geteuid() != 0) {
            chmod(path.c_str(), 0500);
            const QString readOnly = test::refusal([&] { atomicWrite(path / "a", "x"); });
            chmod(path.c_str(), 0700);
            QVERIFY2(readOnly.contains("Permission denied"), qPrintable(readOnly));
        }
        QVERIFY(fs::is_empty(path));
    }
};

QTEST_GUILESS_MAIN(TestFiles)
#include "tst_files.moc"
