#include "cli/output.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace tiller::cli {

namespace {

bool s_progressShown = false;

void clearProgress()
{
    if (s_progressShown)
        std::fputs("\r\033[K", stderr);
    s_progressShown = false;
}

std::string dump(const Json& value, int indent)
{
    return value.dump(indent, ' ', false, Json::error_handler_t::replace) + '\n';
}

}

void printLine(const Json& value)
{
    printText(dump(value, -1));
}

void printPretty(const Json& value)
{
    printText(dump(value, 1));
}

void printText(std::string_view text)
{
    clearProgress();
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        throw Error(std::string("standard output cannot be written: ") + std::strerror(errno));
}

void note(std::string_view text)
{
    clearProgress();
    const std::string line = onOneLine(text) + '\n';
    std::fputs(line.c_str(), stderr);
}

void showProgress(const Progress& progress)
{
    static const bool terminal = isatty(STDERR_FILENO) != 0;
    std::string words = progress.stage;
    if (progress.total > 0)
        words.append(" ").append(std::to_string(progress.done * 100 / progress.total)).append(" %");
    if (terminal) {
        std::fputs(("\r\033[K" + words).c_str(), stderr);
        s_progressShown = true;
        return;
    }
    // A log gets a line now and then.
    using Clock = std::chrono::steady_clock;
    static Clock::time_point last = Clock::now();
    if (const auto now = Clock::now(); now - last > std::chrono::seconds(20)) {
        last = now;
        std::fputs((words + '\n').c_str(), stderr);
    }
}

std::string explain(const Error& error)
{
    std::string remedy = error.remedy();
    if (remedy.ends_with('.'))
        remedy.pop_back();
    return onOneLine(remedy.empty() ? error.what() : error.what() + (" (" + remedy + ")"));
}

std::string onOneLine(std::string_view text)
{
    std::string line(text);
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            c = ' ';
    return line;
}

}
