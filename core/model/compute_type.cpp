#include "core/model/compute_type.h"

namespace tiller {

std::string toString(ComputeType type)
{
    switch (type) {
    case ComputeType::F32:
        return "float32";
    case ComputeType::BF16:
        return "bfloat16";
    case ComputeType::F16:
        return "float16";
    case ComputeType::Packed:
        return "packed";
    }
    return {};
}

}
