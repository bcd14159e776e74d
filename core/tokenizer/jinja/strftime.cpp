#include "core/tokenizer/jinja/strftime.h"

#include <cstdio>
#include <optional>

namespace tiller::jinja {

namespace {

constexpr std::string_view days[]
    = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::string_view months[] = {"January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December"};

std::string number(int value, int width, char flag, char usualPad)
{
    char buffer[24];
    const char pad = flag == '-' ? '\0' : flag == '_' ? ' ' : flag == '0' ? '0' : usualPad;
    std::snprintf(buffer, sizeof buffer, pad == '0' ? "%0*d" : "%*d", pad ? width : 0, value);
    return buffer;
}

/// The year and week that ISO 8601 counts a day to.
std::pair<int, int> isoWeek(const std::tm& time)
{
    const auto weeksIn = [](int year) {
        const auto lastDay = [](int y) { return (y + y / 4 - y / 100 + y / 400) % 7; };
        return lastDay(year) == 4 || lastDay(year - 1) == 3 ? 53 : 52;
    };
    const int year = time.tm_year + 1900;
    const int weekday = (time.tm_wday + 6) % 7 + 1;
    const int week = (time.tm_yday + 1 - weekday + 10) / 7;
    if (week < 1)
        return {year - 1, weeksIn(year - 1)};
    return week > weeksIn(year) ? std::pair{year + 1, 1} : std::pair{year, week};
}

std::string expand(std::string_view format, const std::tm& time);

std::optional<std::string> field(char code, char flag, const std::tm& time)
{
    const int year = time.tm_year + 1900;
    const int hour12 = time.tm_hour % 12 == 0 ? 12 : time.tm_hour % 12;
    const auto two = [&](int value) { return number(value, 2, flag, '0'); };
    switch (code) {
    case 'a':
        return std::string(days[time.tm_wday].substr(0, 3));
    case 'A':
        return std::string(days[time.tm_wday]);
    case 'b':
    case 'h':
        return std::string(months[time.tm_mon].substr(0, 3));
    case 'B':
        return std::string(months[time.tm_mon]);
    case 'C':
        return two(year / 100);
    case 'c':
        return expand("%a %b %e %H:%M:%S %Y", time);
    case 'd':
        return two(time.tm_mday);
    case 'D':
    case 'x':
        return expand("%m/%d/%y", time);
    case 'e':
        return number(time.tm_mday, 2, flag, ' ');
    case 'f':
        return std::string("000000");
    case 'F':
        return expand("%Y-%m-%d", time);
    case 'g':
        return two(isoWeek(time).first % 100);
    case 'G':
        return std::to_string(isoWeek(time).first);
    case 'H':
        return two(time.tm_hour);
    case 'I':
        return two(hour12);
    case 'j':
        return number(time.tm_yday + 1, 3, flag, '0');
    case 'k':
        return number(time.tm_hour, 2, flag, ' ');
    case 'l':
        return number(hour12, 2, flag, ' ');
    case 'm':
        return two(time.tm_mon + 1);
    case 'M':
        return two(time.tm_min);
    case 'n':
        return std::string("\n");
    case 'p':
        return std::string(time.tm_hour < 12 ? "AM" : "PM");
    case 'P':
        return std::string(time.tm_hour < 12 ? "am" : "pm");
    case 'r':
        return expand("%I:%M:%S %p", time);
    case 'R':
        return expand("%H:%M", time);
    case 's': {
        std::tm copy = time;
        return std::to_string(std::mktime(&copy));
    }
    case 'S':
        return two(time.tm_sec);
    case 't':
        return std::string("\t");
    case 'T':
    case 'X':
        return expand("%H:%M:%S", time);
    case 'u':
        return std::to_string((time.tm_wday + 6) % 7 + 1);
    case 'U':
        return two((time.tm_yday + 7 - time.tm_wday) / 7);
    case 'V':
        return two(isoWeek(time).second);
    case 'w':
        return std::to_string(time.tm_wday);
    case 'W':
        return two((time.tm_yday + 7 - (time.tm_wday + 6) % 7) / 7);
    case 'y':
        return two(year % 100);
    case 'Y':
        return number(year, 4, flag, ' ');
    case 'z':
    case 'Z':
        return std::string();
    case '%':
        return std::string("%");
    default:
        return std::nullopt;
    }
}

std::string expand(std::string_view format, const std::tm& time)
{
    std::string out;
    for (size_t at = 0; at < format.size(); ++at) {
        if (format[at] != '%' || at + 1 == format.size()) {
            out += format[at];
            continue;
        }
        size_t code = at + 1;
        char flag = '\0';
        if (std::string_view("-_0^#").find(format[code]) != std::string_view::npos
            && code + 1 < format.size())
            flag = format[code++];
        if (auto text = field(format[code], flag, time)) {
            for (char& c : *text)
                c = flag == '^' && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            out += *text;
        } else {
            out += format.substr(at, code - at + 1);
        }
        at = code;
    }
    return out;
}

}

std::string formatTime(Budget& budget, std::string_view format, const std::tm& time)
{
    // No field grows by more than this.
    constexpr size_t longestField = 32;
    budget.chargeCopies(format.size(), longestField, true);
    return expand(format, time);
}

std::tm parseTime(const std::string& text)
{
    std::tm time = {};
    if (text.empty()) {
        const std::time_t now = std::time(nullptr);
        localtime_r(&now, &time);
        return time;
    }
    int year = 0;
    int month = 0;
    const int read = std::sscanf(text.c_str(), "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d", &year, &month, &time.tm_mday,
        &time.tm_hour, &time.tm_min, &time.tm_sec);
    const bool valid = (read == 3 || read >= 5) && year >= 1 && month >= 1 && month <= 12 && time.tm_mday >= 1
        && time.tm_mday <= 31 && time.tm_hour >= 0 && time.tm_hour <= 23 && time.tm_min >= 0
        && time.tm_min <= 59 && time.tm_sec >= 0 && time.tm_sec <= 60;
    if (!valid)
        throw Fault("not a time in ISO 8601: \"" + text + "\"");
    time.tm_year = year - 1900;
    time.tm_mon = month - 1;
    // Day of the week and of the year, without the clock's zone.
    std::tm normal = time;
    const std::time_t seconds = timegm(&normal);
    gmtime_r(&seconds, &normal);
    return normal;
}

}
