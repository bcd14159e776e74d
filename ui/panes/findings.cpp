#include "ui/panes/findings.h"

#include "ui/panes/layouts.h"
#include "ui/state/wording.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/section_header.h"

#include <QScrollArea>
#include <QTextDocument>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

Findings::Findings(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_header(new SectionHeader)
    , m_scroll(new QScrollArea)
    , m_text(new QLabel)
{
    auto* layout = column(this);
    m_show = barButton(u"layers"_s, tr("Show"), tr("Show this layer in the table and the plots"));
    m_show->setObjectName(u"showRecommended"_s);
    m_warnings = barButton(u"warning"_s, {}, tr("Why this layer, and what to beware of"));
    m_warnings->setObjectName(u"diagnosticWarnings"_s);
    m_warnings->setCheckable(true);
    m_warnings->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_header->addWidget(m_show);
    m_header->addWidget(m_warnings);
    m_text->setObjectName(u"diagnosticWarningTexts"_s);
    m_text->setFont(smallFont());
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::RichText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->setContentsMargins(px(8), px(4), px(8), px(4));
    m_text->setAlignment(Qt::AlignTop);
    m_scroll->setWidget(m_text);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->hide();
    layout->addWidget(m_header);
    layout->addWidget(m_scroll);

    connect(m_show, &QToolButton::clicked, this, [this] {
        if (const Diagnostics* diagnostics = m_workspace->diagnostics())
            m_workspace->setDiagnosticLayer(diagnostics->recommendation.layer);
    });
    connect(m_warnings, &QToolButton::toggled, m_scroll, &QWidget::setVisible);
    connect(workspace, &Workspace::extractedChanged, this, &Findings::refresh);
    connect(workspace, &Workspace::diagnosticsChanged, this, &Findings::refresh);
    connect(workspace, &Workspace::diagnosticLayerChanged, this, &Findings::refresh);
    refresh();
}

void Findings::refresh()
{
    const Diagnostics* diagnostics = m_workspace->diagnostics();
    setVisible(diagnostics);
    if (!diagnostics)
        return;
    const Recommendation& recommendation = diagnostics->recommendation;
    m_header->setTitle(
        tr("%1: layer %2 suggested").arg(m_workspace->extractedName()).arg(recommendation.layer));
    const bool measuring = m_workspace->isRunning(Task::Diagnose);
    const QString reason = QString::fromStdString(recommendation.reason);
    m_header->setNote(measuring ? tr("measuring how stable it is…") : reason);
    m_header->setToolTip(Qt::convertFromPlainText(reason)); // rich text, since plain text would be one line
    m_show->setVisible(m_workspace->diagnosticLayer() != recommendation.layer);

    const int count = int(diagnostics->warnings.size());
    m_warnings->setIcon(icon(count > 0 ? u"warning"_s : u"info"_s));
    m_warnings->setText(count > 0 ? counted(count, tr("warning"), tr("warnings")) : tr("Why"));
    m_warnings->setAccessibleName(m_warnings->text());
    m_scroll->setVisible(m_warnings->isChecked());
    QStringList texts{u"<p style='margin:0 0 4px 0'>%1</p>"_s.arg(reason.toHtmlEscaped())};
    for (const DiagnosticWarning& warning : diagnostics->warnings)
        texts << u"<p style='margin:0 0 4px 0'>%1 <span style='color:%3'>%2</span></p>"_s.arg(
            QString::fromStdString(warning.text).toHtmlEscaped(),
            QString::fromStdString(warning.remedy).toHtmlEscaped(), colors().secondary.name());
    m_text->setText(texts.join(QString()));
    fitText();
}

void Findings::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitText();
}

void Findings::fitText()
{
    m_scroll->setFixedHeight(std::clamp(m_text->heightForWidth(width()), 0, px(112)));
}

}
