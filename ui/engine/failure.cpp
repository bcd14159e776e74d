#include "ui/engine/failure.h"

#include "core/steer/rendering.h"

#include <QObject>

#include <algorithm>
#include <new>

namespace tiller {

namespace {

/// Core's sentences begin and end as error lines do; in the window they stand beside others. A name that
/// comes first stays as it is.
QString sentence(QString text)
{
    const QString first = text.section(QLatin1Char(' '), 0, 0);
    if (!first.isEmpty() && std::all_of(first.begin(), first.end(), [](QChar c) { return c.isLower(); }))
        text[0] = text[0].toUpper();
    const bool ends = text.isEmpty() || QStringLiteral(".!?…").contains(text.back());
    return ends ? text : text + QLatin1Char('.');
}

}

Attempt attempt(const std::function<void()>& work)
{
    try {
        work();
        return {};
    } catch (const Cancelled&) {
        return {Outcome::Cancelled, {}};
    } catch (const TemplateError& error) {
        return {Outcome::Failed,
            {sentence(QString::fromUtf8(error.what())),
                QObject::tr("Raw text is read as it is, without the template."), true}};
    } catch (const Error& error) {
        return {Outcome::Failed,
            {sentence(QString::fromUtf8(error.what())), sentence(QString::fromStdString(error.remedy()))}};
    } catch (const std::bad_alloc&) {
        return {Outcome::Failed,
            {QObject::tr("There is not enough memory for this."),
                QObject::tr("Close other programs, choose fewer layers or a smaller model, and try again.")}};
    } catch (const std::exception& error) {
        // libtorch appends a stack trace to its messages, and reports a failed allocation as one of its own
        // errors.
        const QString text = QString::fromUtf8(error.what());
        if (text.contains(QLatin1String("can't allocate memory"))
            || text.contains(QLatin1String("out of memory")))
            return attempt([] { throw std::bad_alloc(); });
        return {Outcome::Failed, {sentence(text.section(QLatin1Char('\n'), 0, 0)), {}}};
    }
}

}
