#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// Looks for stop strings in text that arrives in pieces. Text that may be the beginning of one is held back.
class StopWatch {
public:
    explicit StopWatch(std::vector<std::string> stops);

    /// Gives what may be shown; after a stop string was found, what stood before it, and stopped() is true.
    std::string feed(std::string_view text);
    /// What was held back, once the generation has ended for another reason.
    std::string finish();
    bool stopped() const { return m_stopped; }

private:
    std::vector<std::string> m_stops;
    std::string m_held;
    bool m_stopped = false;
};

}
