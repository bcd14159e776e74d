#include "core/study/distinct.h"

#include <array>
#include <set>

namespace tiller {

double distinctThree(const std::vector<TokenId>& ids)
{
    if (ids.size() < 3)
        return 1;
    std::set<std::array<TokenId, 3>> distinct;
    for (size_t i = 0; i + 2 < ids.size(); ++i)
        distinct.insert({ids[i], ids[i + 1], ids[i + 2]});
    return static_cast<double>(distinct.size()) / static_cast<double>(ids.size() - 2);
}

}
