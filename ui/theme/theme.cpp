#include "ui/theme/theme.h"

#include "ui/theme/focus_ring.h"
#include "ui/theme/metrics.h"
#include "ui/theme/style.h"

#include <QApplication>
#include <QFontDatabase>
#include <QPalette>
#include <QScreen>
#include <QToolTip>
#include <QWidget>

#include <cmath>

namespace tiller {

namespace {

bool dark = false;

bool desktopIsDark()
{
    static const bool wasDark = QGuiApplication::palette().color(QPalette::Window).lightness() < 128;
    return wasDark;
}

QPalette paletteOf(const Colors& c)
{
    QPalette palette;
    palette.setColor(QPalette::Window, c.window);
    palette.setColor(QPalette::WindowText, c.text);
    palette.setColor(QPalette::Base, c.base);
    palette.setColor(QPalette::AlternateBase, c.alternate);
    palette.setColor(QPalette::ToolTipBase, c.base);
    palette.setColor(QPalette::ToolTipText, c.text);
    palette.setColor(QPalette::PlaceholderText, c.disabled);
    palette.setColor(QPalette::Text, c.text);
    palette.setColor(QPalette::Button, c.buttonBottom);
    palette.setColor(QPalette::ButtonText, c.text);
    palette.setColor(QPalette::BrightText, c.error);
    palette.setColor(QPalette::Light, c.buttonTop);
    palette.setColor(QPalette::Midlight, c.line);
    palette.setColor(QPalette::Mid, c.border);
    palette.setColor(QPalette::Dark, c.edge);
    palette.setColor(QPalette::Shadow, c.edge);
    palette.setColor(QPalette::Highlight, c.highlight);
    palette.setColor(QPalette::HighlightedText, c.onHighlight);
    palette.setColor(QPalette::Link, c.text);
    palette.setColor(QPalette::LinkVisited, c.text);
    for (const auto role :
        {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, c.disabled);
    palette.setColor(QPalette::Disabled, QPalette::Base, c.window);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, c.line);
    return palette;
}

/// A chosen row keeps its text colour: the highlight is for the text that a user selects.
QPalette viewPaletteOf(const Colors& c)
{
    QPalette palette = paletteOf(c);
    palette.setColor(QPalette::Highlight, c.selectedRow);
    palette.setColor(QPalette::HighlightedText, c.text);
    return palette;
}

QFont applicationFont(double textScale)
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::GeneralFont);
    const QScreen* screen = QGuiApplication::primaryScreen();
    const double dpi = screen ? screen->logicalDotsPerInchY() : 96.0;
    font.setPixelSize(std::max(8, int(std::lround(13 * textScale * dpi / 96))));
    font.setWeight(QFont::Normal);
    return font;
}

}

void applyTheme(ThemeChoice choice, double textScale)
{
    const bool desktop = desktopIsDark();
    dark = choice == ThemeChoice::Dark || (choice == ThemeChoice::Desktop && desktop);

    if (!qApp->property("tillerStyle").toBool()) {
        QApplication::setStyle(new Style);
        new FocusRing(qApp);
        qApp->setProperty("tillerStyle", true);
    }
    QApplication::setFont(applicationFont(textScale));
    QApplication::setPalette(paletteOf(colors()));
    QApplication::setPalette(viewPaletteOf(colors()), "QAbstractItemView");
    QApplication::setFont(smallFont(), "QAbstractItemView");
    QApplication::setFont(smallFont(), "QHeaderView");
    QToolTip::setPalette(paletteOf(colors()));
    QToolTip::setFont(smallFont());
}

const Colors& colors()
{
    return dark ? darkColors() : lightColors();
}

bool isDarkTheme()
{
    return dark;
}

bool showsFocusRing(const QWidget* widget)
{
    return widget->hasFocus() && widget->window()->testAttribute(Qt::WA_KeyboardFocusChange);
}

}
