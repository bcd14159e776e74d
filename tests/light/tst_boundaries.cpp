#include <QTest>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <string>
#include <vector>

// The borders between the layers, read from the sources themselves.
class TestBoundaries : public QObject {
    Q_OBJECT

    struct Include {
        std::string file; ///< relative to the repository
        std::string target;
    };

    static std::vector<Include> includesIn(const std::string& folder)
    {
        const std::filesystem::path root = TILLER_SOURCE_DIR;
        const std::regex pattern("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");
        std::vector<Include> found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            const std::string extension = entry.path().extension().string();
            if (extension != ".h" && extension != ".cpp")
                continue;
            std::ifstream stream(entry.path());
            for (std::string line; std::getline(stream, line);)
                if (std::smatch match; std::regex_search(line, match, pattern))
                    found.push_back({std::filesystem::relative(entry.path(), root).string(), match[1]});
        }
        return found;
    }

    static void refuse(const std::string& folder, const std::function<bool(const Include&)>& wrong)
    {
        const auto includes = includesIn(folder);
        QVERIFY2(includes.size() > 10, folder.c_str()); // the folder was really read
        QStringList offenders;
        for (const Include& i : includes)
            if (wrong(i))
                offenders << QString::fromStdString(i.file + " includes " + i.target);
        QVERIFY2(offenders.isEmpty(), qPrintable(offenders.join(QLatin1String("\n"))));
    }

    static bool isTorch(const std::string& target)
    {
        return target.starts_with("torch/") || target.starts_with("ATen/") || target.starts_with("c10/")
            || target.ends_with("torch_internal.h");
    }

private slots:
    void coreKnowsNoQt()
    {
        refuse("core", [](const Include& i) {
            return std::regex_match(i.target, std::regex("Q[A-Z]?[A-Za-z/]*|.*qcustomplot.*"));
        });
    }

    void windowKnowsNoTorch_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::newRow("ui") << "ui";
        QTest::newRow("cli") << "cli";
    }

    void windowKnowsNoTorch()
    {
        QFETCH(QString, folder);
        refuse(folder.toStdString(), [](const Include& i) { return isTorch(i.target); });
    }

    void commandLineKnowsNoQt()
    {
        refuse("cli",
            [](const Include& i) { return std::regex_match(i.target, std::regex("Q[A-Z][A-Za-z/]*")); });
    }

    void publicHeadersOfCoreArePlain()
    {
        refuse("core", [](const Include& i) {
            const bool isPublic = i.file.ends_with(".h") && !i.file.ends_with("_internal.h");
            return isPublic && isTorch(i.target);
        });
    }

    void plotsAloneKnowQCustomPlot()
    {
        refuse("ui", [](const Include& i) {
            return i.target.find("qcustomplot") != std::string::npos && !i.file.starts_with("ui/plots/");
        });
    }

    void includesPointDownward()
    {
        const std::vector<std::string> rooms{
            "base", "io", "tokenizer", "kernels", "model", "run", "steer", "study", "session"};
        const auto rank = [&](const std::string& path) {
            for (size_t i = 0; i < rooms.size(); ++i)
                if (path.starts_with("core/" + rooms[i] + "/"))
                    return static_cast<int>(i);
            return path.starts_with("core/") ? 100 : -1; // engine.h stands on top
        };
        refuse("core", [&](const Include& i) {
            return !i.target.starts_with("core/")
                ? i.target.starts_with("ui/") || i.target.starts_with("cli/")
                : rank(i.target) > rank(i.file);
        });
        refuse("cli",
            [](const Include& i) { return i.target.starts_with("ui/") || i.target.starts_with("app/"); });
        refuse("ui",
            [](const Include& i) { return i.target.starts_with("cli/") || i.target.starts_with("app/"); });
    }
};

QTEST_APPLESS_MAIN(TestBoundaries)
#include "tst_boundaries.moc"
