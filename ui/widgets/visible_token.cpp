#include "ui/widgets/visible_token.h"

namespace tiller {

QString visibleToken(const QString& text)
{
    if (text.isEmpty())
        return QStringLiteral("∅");
    QString visible;
    visible.reserve(text.size());
    for (const QChar c : text) {
        if (c == u'\n')
            visible += u'↵';
        else if (c == u'\r')
            visible += u'⏎';
        else if (c == u'\t')
            visible += u'⇥';
        else if (c < u' ')
            visible += QChar(0x2400 + c.unicode()); // control pictures
        else if (c == QChar(0x7F))
            visible += QChar(0x2421);
        else
            visible += c;
    }
    return visible;
}

}
