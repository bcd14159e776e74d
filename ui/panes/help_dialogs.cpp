#include "ui/panes/help_dialogs.h"

#include "core/study/metrics.h"
#include "ui/panes/layouts.h"

#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QMessageBox>
#include <QTextBrowser>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

struct Help {
    Q_DECLARE_TR_FUNCTIONS(tiller::Help)
};

}

void showKeys(QWidget* parent)
{
    const std::pair<QString, QString> keys[] = {
        {u"Ctrl+1, 2, 3"_s, Help::tr("Contrast, Layers, Steer")},
        {u"Ctrl+Return"_s, Help::tr("Extract and steer; send the cell to Steer; generate")},
        {u"Ctrl+E, Ctrl+M"_s, Help::tr("Extract, map")},
        {u"Return, Shift+Return"_s, Help::tr("In the prompt: generate, new line")},
        {u"Esc"_s, Help::tr("Stop what runs, then close the message")},
        {u"Ctrl+O, Ctrl+Shift+O"_s, Help::tr("Open a model folder, a GGUF file")},
        {u"Ctrl+S, Ctrl+Shift+S"_s, Help::tr("Save the contrast set, under another name")},
        {u"Ctrl+I"_s, Help::tr("Import a vector")},
        {u"Ctrl+Z, Ctrl+Shift+Z"_s, Help::tr("Undo, redo")},
        {Help::tr("Pairs: Del or Space"), Help::tr("Drop from the vector, use again")},
        {u"Shift+Del, Ins"_s, Help::tr("Delete from the set, add a pair")},
        {u"Ctrl+D, Ctrl+T"_s, Help::tr("Duplicate pairs, swap their sides")},
        {u"Alt+Up, Alt+Down"_s, Help::tr("Move pairs, as dragging does")},
        {u"Ctrl+C, Ctrl+V"_s, Help::tr("Copy and paste rows of a spreadsheet")},
        {u"F2, Return, Shift+Return"_s, Help::tr("Edit a text, accept it, break its line")},
        {u"Ctrl+F, F3, Shift+F3"_s, Help::tr("Find pairs, next match, match before")},
        {u"Ctrl+L"_s, Help::tr("The mix as text")},
        {u"F6"_s, Help::tr("Next panel")},
        {Help::tr("Slider"), Help::tr("arrows 0.05, with Shift 0.01, Page keys 0.5, 0 resets")},
        {Help::tr("Map"),
            Help::tr("arrows move, Return opens a cell, Space pauses; Shift+arrows a rectangle, Return "
                     "measures it finer")},
    };
    QString rows;
    for (const auto& [key, meaning] : keys)
        rows += u"<tr><td style=\"padding-right:16px\"><b>%1</b></td><td>%2</td></tr>"_s.arg(key, meaning);
    QMessageBox box(QMessageBox::NoIcon, Help::tr("Keys"), u"<table cellspacing=\"4\">%1</table>"_s.arg(rows),
        QMessageBox::Close, parent);
    box.exec();
}

void showAbout(QWidget* parent)
{
    QMessageBox box(QMessageBox::NoIcon, Help::tr("About Tiller"),
        Help::tr(
            "<b>Tiller %1</b><br>Workbench for steering vectors of language models.<br><br>GPL-3.0-or-later. "
            "Uses Qt, "
            "QCustomPlot, libtorch, sentencepiece, PCRE2, utf8proc and nlohmann-json.")
            .arg(QStringLiteral(TILLER_VERSION)),
        QMessageBox::Close, parent);
    box.exec();
}

void showMetrics(QWidget* parent)
{
    const auto word = [](std::string_view text) {
        return QString::fromUtf8(text.data(), qsizetype(text.size())).toHtmlEscaped();
    };
    QString text;
    for (const MetricFacts& facts : allMetrics()) {
        const QString unit = facts.unit.empty() ? QString() : u" <span>(%1)</span>"_s.arg(word(facts.unit));
        text += u"<p><b>%1</b>%2<br>%3</p>"_s.arg(word(facts.title), unit, word(facts.definition));
    }
    const std::pair<QString, QString> words[] = {
        {Help::tr("Push"), Help::tr("Strength × |v| ÷ the mean norm of the residuals at that layer.")},
        {Help::tr("Band"),
            Help::tr("Where the mean over prompts, or over pairs, lies in 90 of 100 bootstrap draws.")},
        {Help::tr("Held out"),
            Help::tr("Each pair is judged by a vector that was fitted to the others of its set.")},
        {Help::tr("Collapsed"), Help::tr("Coherence loss beyond the limit that you set.")},
        {Help::tr("Recommended"),
            Help::tr(
                "The largest effect (or read-back) above zero strength among cells that lose less than a "
                "third of the collapse limit, do not repeat themselves (up to 0.25), whose band lies above "
                "zero and with nothing collapsed at a weaker strength; with it the layers beside it that "
                "reach four fifths.")},
    };
    for (const auto& [title, meaning] : words)
        text += u"<p><b>%1</b><br>%2</p>"_s.arg(title.toHtmlEscaped(), meaning.toHtmlEscaped());
    QDialog dialog(parent);
    dialog.setObjectName(u"metricsHelp"_s);
    dialog.setWindowTitle(Help::tr("Metrics of the map"));
    auto* layout = column(&dialog, 12, 12);
    auto* browser = new QTextBrowser;
    browser->setAccessibleName(dialog.windowTitle());
    browser->setHtml(text);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    QObject::connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    layout->addWidget(browser);
    layout->addWidget(buttons);
    dialog.resize(px(560), px(560));
    dialog.exec();
}

}
