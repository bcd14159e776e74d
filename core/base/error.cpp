#include "core/base/error.h"

#include <utility>

namespace tiller {

Error::Error(const std::string& cause, std::string remedy)
    : std::runtime_error(cause)
    , m_remedy(std::move(remedy))
{
}

}
