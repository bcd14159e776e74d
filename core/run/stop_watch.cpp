#include "core/run/stop_watch.h"

#include <algorithm>
#include <utility>

namespace tiller {

StopWatch::StopWatch(std::vector<std::string> stops)
    : m_stops(std::move(stops))
{
    std::erase(m_stops, std::string());
}

std::string StopWatch::feed(std::string_view text)
{
    m_held += text;
    size_t found = std::string::npos;
    for (const std::string& stop : m_stops)
        found = std::min(found, m_held.find(stop));
    if (found != std::string::npos) {
        m_stopped = true;
        m_held.resize(found);
        return std::exchange(m_held, {});
    }
    size_t hold = 0;
    for (const std::string& stop : m_stops)
        for (size_t n = std::min(stop.size() - 1, m_held.size()); n > hold; --n)
            if (m_held.ends_with(std::string_view(stop).substr(0, n)))
                hold = n;
    std::string shown = m_held.substr(0, m_held.size() - hold);
    m_held.erase(0, shown.size());
    return shown;
}

std::string StopWatch::finish()
{
    return std::exchange(m_held, {});
}

}
