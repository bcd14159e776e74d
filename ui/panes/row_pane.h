#pragma once

#include "ui/state/run_history.h"
#include "ui/theme/colors.h"

#include <QWidget>

class QPlainTextEdit;

namespace tiller {

class NumberLabel;
class ElidedLabel;
class TokenTextView;

/// Figures of a text for the foot of its pane.
struct RowFigures {
    QString whole;
    QStringList shorter; ///< with fewer words, where the pane is narrow
    QString help; ///< each figure on a line of its own
};

/// One row's text: bar and header in the row's colour, the row's name written, figures in the foot.
class RowPane : public QWidget {
    Q_OBJECT

public:
    enum class Kind { Unsteered, Steered, Third };

    explicit RowPane(Kind kind, QWidget* parent = nullptr);

    void setTitle(const QString& title);
    /// Beside the name: "same prompt, same draws", "1.0 formal"; `shorter` where that does not fit.
    void setNote(const QString& note, const QStringList& shorter = {});
    /// Puts a field between header and text; takes ownership.
    void addField(QWidget* field);
    /// Turns of the chat before this answer, above it; empty: none.
    void setEarlier(const QString& turns);
    void setPlaceholderText(const QString& text);
    TokenTextView* view() { return m_view; }

    void clear();
    /// Shows the row, adding only what is new since the last call.
    void show(const RowText& row, const std::vector<std::optional<double>>& tints = {});
    void setStreaming(bool streaming);
    void setFigures(const RowFigures& figures);
    /// How many tokens the row was given, of a fork.
    void setBegun(int tokens);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fitEarlier();

    ColorToken m_color;
    ColorToken m_ground;
    QWidget* m_header;
    ElidedLabel* m_title;
    ElidedLabel* m_note;
    QWidget* m_earlierBox;
    QPlainTextEdit* m_earlier;
    TokenTextView* m_view;
    ElidedLabel* m_foot;
};

/// Whether a row of the run is steered, from its beginning or from some token on; of the unsteered one,
/// whether there is a mix with which it is compared.
bool isSteered(const Run& run, size_t row);

/// "35 tokens   ppl 6.1", and how it ended. A row that is not `steered` has no divergence from itself.
RowFigures figuresOf(const RowText& row, bool steered = true);

}
