#include "core/model/library_only.h"

#include <atomic>

namespace tiller {

namespace {
std::atomic<int> s_holders{0};
}

LibraryOnly::LibraryOnly()
{
    ++s_holders;
}

LibraryOnly::~LibraryOnly()
{
    --s_holders;
}

bool LibraryOnly::holds()
{
    return s_holders > 0;
}

}
