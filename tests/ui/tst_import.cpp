// Vector files that are dropped or opened: the card that says what they are, and what is said of those that
// cannot be read.
#include "core/steer/vector_files.h"
#include "tests/ui/library_fixture.h"
#include "tests/ui/window_fixture.h"
#include "ui/panes/import_card.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/message_bar.h"

#include <QAction>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

using namespace tiller;
using namespace Qt::StringLiterals;

namespace {

const QString vectors = QStringLiteral(TILLER_TEST_DATA "/vector_files/");

SteeringVector foreignTo(const std::string& model, size_t width)
{
    SteeringVector vector = *vectorOf("politeness", {12});
    vector.modelName = model;
    vector.layers[12].values.assign(width, 0.25f);
    return vector;
}

/// Whether all of a label's text stands inside it.
bool isWhole(const QLabel* label)
{
    const QString text = label->text();
    const int flags = int(Qt::TextWordWrap) | int(label->alignment());
    const QRect needed
        = label->fontMetrics().boundingRect(QRect(0, 0, label->contentsRect().width(), 10000), flags, text);
    return label->visibleRegion().boundingRect() == label->rect()
        && needed.width() <= label->contentsRect().width()
        && needed.height() <= label->contentsRect().height();
}

}

class Import : public QObject {
    Q_OBJECT

    QTemporaryDir m_settings;
    std::unique_ptr<QTemporaryDir> m_folder;

    QString folder() const { return m_folder->filePath(u"vectors"_s); }

private slots:
    void initTestCase() { prepareWindowTests(m_settings); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void aFileIsDescribedBeforeItIsTaken()
    {
        WindowFixture f;
        auto* card = f.find<ImportCard>(u"importCard"_s);
        QVERIFY(!card->isVisible());
        f.workspace.openAllDropped({vectors + u"repeng.gguf"_s});
        QTRY_VERIFY(card->isVisible());
        QCOMPARE(f.workspace.library()->rowCount(), 0);
        QVERIFY(f.find<QLabel>(u"importTitle"_s)->text().contains(u"repeng.gguf"_s));
        const auto says = [&](const QString& text) {
            for (const QWidget* widget : card->findChildren<QWidget*>())
                if (widget->accessibleName().contains(text))
                    return true;
            return false;
        };
        QVERIFY(says(u"GGUF control vector"_s));
        QVERIFY(says(u"block output, 0-based"_s));
        QVERIFY(says(u"F32"_s));
        auto* shift = f.find<QPushButton>(u"importShift"_s);
        QVERIFY(shift->isVisible());
        QVERIFY(f.find<QLabel>(u"importDoubt"_s)->text().contains(u"llama.cpp"_s));
        const auto original = readVector((vectors + u"repeng.gguf"_s).toStdString());
        shift->click();
        QTest::mouseClick(f.find<QPushButton>(u"importAdd"_s), Qt::LeftButton);
        QVERIFY(!card->isVisible());
        QCOMPARE(f.workspace.library()->rowCount(), 1);
        const auto& layers = f.workspace.library()->entry(0).vector->layers;
        for (const auto& [layer, direction] : original.layers)
            QCOMPARE(layers.at(layer - 1).values, direction.values);
    }

    void offersWaitAndCanBeLeft()
    {
        WindowFixture f;
        auto* card = f.find<ImportCard>(u"importCard"_s);
        f.workspace.offerVector(vectors + u"profile.safetensors"_s);
        QTRY_VERIFY(card->isVisible());
        QVERIFY(!f.find<QPushButton>(u"importShift"_s)->isVisible());
        f.workspace.offerVector(vectors + u"row_1x16.pt"_s);
        QTRY_VERIFY(f.find<QLabel>(u"importTitle"_s)->text().contains(u"1 more"_s));
        QTest::keyClick(f.find<QPushButton>(u"importAdd"_s), Qt::Key_Escape);
        QVERIFY(card->isVisible());
        QVERIFY(f.find<QLabel>(u"importTitle"_s)->text().contains(u"row_1x16"_s));
        QTest::mouseClick(f.find<QPushButton>(u"importCancel"_s), Qt::LeftButton);
        QVERIFY(!card->isVisible());
        QCOMPARE(f.workspace.library()->rowCount(), 0);
    }

    void aFolderOfVectorsIsImported()
    {
        WindowFixture f;
        QVERIFY(QDir().mkpath(folder()));
        for (const char* name : {"one", "two", "three"})
            writeVector((folder() + u"/%1.safetensors"_s.arg(QLatin1String(name))).toStdString(),
                *vectorOf(name, {3}));
        f.workspace.openAllDropped({folder()});
        QTRY_COMPARE(f.workspace.library()->rowCount(), 3);
        QVERIFY(!f.find<ImportCard>(u"importCard"_s)->isVisible());
    }

    void severalAreChosenInTheDialog()
    {
        WindowFixture f;
        QVERIFY(QDir().mkpath(folder()));
        for (const char* name : {"one", "two"})
            writeVector(
                (folder() + u"/%1.svec"_s.arg(QLatin1String(name))).toStdString(), *vectorOf(name, {3}));
        overwrite(folder() + u"/bad.pt"_s, "no tensors");
        const auto choose = [&](const QString& names) {
            f.find<QAction>(u"importVectorAction"_s)->trigger();
            auto* dialog = f.find<QFileDialog>(u"importDialog"_s);
            QVERIFY(dialog && dialog->isVisible());
            dialog->setDirectory(folder());
            dialog->findChild<QLineEdit*>(u"fileNameEdit"_s)->setText(names);
            QMetaObject::invokeMethod(dialog, "accept");
            QTRY_VERIFY(!f.find<QFileDialog>(u"importDialog"_s));
        };
        choose(u"\"bad.pt\" \"one.svec\" \"two.svec\""_s);
        QTRY_COMPARE(f.workspace.library()->rowCount(), 2);
        auto* bar = f.find<MessageBar>(u"windowBar"_s);
        QTRY_VERIFY(bar->isVisible());
        QVERIFY2(bar->text().contains(u"bad.pt"_s), qPrintable(bar->text()));

        // One is offered; asked for again it still waits once.
        auto* card = f.find<ImportCard>(u"importCard"_s);
        choose(u"one.svec"_s);
        QTRY_VERIFY(card->isVisible());
        choose(u"one.svec"_s);
        QTest::qWait(100);
        QCOMPARE(f.workspace.library()->rowCount(), 2);
        QTest::mouseClick(f.find<QPushButton>(u"importCancel"_s), Qt::LeftButton);
        QVERIFY(!card->isVisible());
    }

    void aFileIsReadOnceHoweverOftenItIsAskedFor()
    {
        WindowFixture f;
        const QString one = vectors + u"profile.safetensors"_s;
        const QString two = vectors + u"row_1x16.pt"_s;
        f.workspace.offerVector(one);
        f.workspace.offerVector(one);
        f.workspace.openVectors({one, two});
        f.workspace.openVectors({one, two});
        QTRY_COMPARE(f.workspace.library()->rowCount(), 2);
        QTRY_VERIFY(f.find<ImportCard>(u"importCard"_s)->isVisible());
        QTest::qWait(100);
        QCOMPARE(f.workspace.library()->rowCount(), 2);
        QTest::mouseClick(f.find<QPushButton>(u"importCancel"_s), Qt::LeftButton);
        QVERIFY(!f.find<ImportCard>(u"importCard"_s)->isVisible());
    }

    void theCardTakesTheRoomOfTheConvention()
    {
        WindowFixture f;
        f.workspace.library()->add(entryOf("formality", {3}));
        f.workspace.setCurrentVector(0);
        auto* toMixer = f.find<QPushButton>(u"toMixer"_s);
        QVERIFY(toMixer->isVisible());
        f.workspace.offerVector(vectors + u"repeng.gguf"_s);
        QTRY_VERIFY(!toMixer->isVisible()); // the card needs the room
        QTest::mouseClick(f.find<QPushButton>(u"importCancel"_s), Qt::LeftButton);
        QVERIFY(toMixer->isVisible());
    }
    void theCardIsReadWhole_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QSize>("window");
        for (const QSize size : {QSize(1440, 900), QSize(1280, 720)}) {
            const QByteArray suffix = " " + QByteArray::number(size.height());
            for (const char* name : {"repeng.gguf", "vec_layer_13_Llama-2-7b-chat-hf.pt",
                     "rotalabs_float16.pt", "profile.safetensors"})
                QTest::newRow(name + suffix) << vectors + QLatin1String(name) << size;
            QTest::newRow("long names" + suffix) << QString() << size;
        }
    }

    void theCardIsReadWhole()
    {
        QFETCH(QString, path);
        QFETCH(QSize, window);
        if (path.isEmpty()) {
            path = m_folder->filePath(u"a_file_name_with_many_parts_%1.safetensors"_s.arg(QString(40, u'x')));
            writeVector(path.toStdString(),
                foreignTo("someorganisation/Anothermodelwithaverylongname_instruct_v0.3", 4));
        }
        WindowFixture f;
        f.window.resize(window);
        f.workspace.offerVector(path);
        auto* card = f.find<ImportCard>(u"importCard"_s);
        QTRY_VERIFY(card->isVisible());
        QTest::qWait(100);
        QCOMPARE(f.window.size(), window);
        for (const QLabel* label : card->findChildren<QLabel*>())
            if (label->isVisibleTo(card))
                QVERIFY2(isWhole(label), qPrintable(label->text()));
        for (const ElidedLabel* label : card->findChildren<ElidedLabel*>())
            QVERIFY2(!label->isElided(), qPrintable(label->text()));
        for (const QPushButton* button : card->findChildren<QPushButton*>())
            if (button->isVisibleTo(card))
                QVERIFY(!button->visibleRegion().isEmpty());
    }

    void allThatFailIsSaidAtOnce()
    {
        WindowFixture f;
        QVERIFY(QDir().mkpath(folder()));
        QStringList paths;
        for (const char* name : {"a.pt", "b.safetensors", "c.svec", "d.pt", "e.pt"}) {
            paths << folder() + u'/' + QLatin1String(name);
            overwrite(paths.back(), "no tensors");
        }
        paths.insert(2, vectors + u"rotalabs_float16.pt"_s);
        QSignalSpy reports(&f.workspace, &Workspace::reported);
        f.workspace.openAllDropped(paths);
        auto* bar = f.find<MessageBar>(u"windowBar"_s);
        QTRY_VERIFY(bar->isVisible());
        QCOMPARE(reports.count(), 1);
        QCOMPARE(f.workspace.library()->rowCount(), 1);
        const QString text = bar->text();
        QVERIFY2(text.contains(u"5 of 6 files"_s), qPrintable(text));
        for (const char* name : {"a.pt", "b.safetensors", "c.svec"})
            QVERIFY2(text.contains(QLatin1String(name)), qPrintable(text));
        QVERIFY2(text.contains(u"and 2 more"_s), qPrintable(text));
        QVERIFY2(!text.contains(folder()), qPrintable(text)); // the names say it
        QVERIFY2(text.contains(u"rest"_s), qPrintable(text));
    }

    void foreignOnesAreLetInTogether()
    {
        WindowFixture f;
        openDefaultModel(f);
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        QVERIFY(QDir().mkpath(folder()));
        QStringList paths;
        for (const char* name : {"one", "two", "narrow"}) {
            paths << folder() + u"/%1.safetensors"_s.arg(QLatin1String(name));
            writeVector(paths.back().toStdString(), foreignTo("another-model-1B", *name == 'n' ? 4 : 576));
        }
        f.workspace.openAllDropped(paths);
        auto* bar = f.find<MessageBar>(u"windowBar"_s);
        QTRY_VERIFY_WITH_TIMEOUT(bar->isVisible(), modelTimeout);
        QVERIFY2(bar->text().contains(u"3 of 3 files"_s), qPrintable(bar->text()));
        QCOMPARE(f.workspace.library()->rowCount(), 0);
        auto* anyway = bar->findChild<QPushButton*>(u"messageAction"_s);
        QCOMPARE(anyway->text(), u"Use 2 anyway"_s);
        anyway->click();
        QCOMPARE(f.workspace.library()->rowCount(), 2);
        QVERIFY(f.workspace.library()->entry(0).allowOther);
    }

    void oneThatFailsIsSaidAsEver()
    {
        WindowFixture f;
        const QString path = m_folder->filePath(u"a.pt"_s);
        overwrite(path, "no tensors");
        f.workspace.openAllDropped({path, vectors + u"row_1x16.pt"_s});
        auto* bar = f.find<MessageBar>(u"windowBar"_s);
        QTRY_VERIFY(bar->isVisible());
        QVERIFY2(bar->text().contains(u"a.pt"_s), qPrintable(bar->text()));
        QTRY_COMPARE(f.workspace.library()->rowCount(), 1);
        QVERIFY(bar->isVisible());
    }
};

QTEST_MAIN(Import)
#include "tst_import.moc"
