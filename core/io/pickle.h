#pragma once

#include "core/io/dtype.h"

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace tiller {

/// What torch.save puts into data.pkl, as plain data. Objects refer to each other by their number, so that
/// shared, nested or self-referring objects need no recursion anywhere.
struct PickleValue {
    enum class Kind {
        None,
        Bool,
        Int,
        Float,
        String,
        Tuple,
        List,
        Dict,
        StorageType, ///< torch.FloatStorage and its like: `dtype`
        OrderedDict, ///< the class itself
        RebuildTensor, ///< torch._utils._rebuild_tensor_v2
        RebuildParameter, ///< torch._utils._rebuild_parameter
        Storage, ///< items: 'storage', type, key, location, number of values
        Tensor, ///< items: storage, offset, size, stride, requires_grad, hooks
    };

    Kind kind = Kind::None;
    DType dtype = DType::F32;
    int64_t integer = 0; ///< also of a Bool
    double real = 0;
    std::string text = {};
    std::vector<uint32_t> items = {}; ///< of a Dict: key, value, key, value...
};

struct Pickle {
    std::deque<PickleValue> values;
    uint32_t root = 0;

    const PickleValue& at(uint32_t number) const { return values[number]; }
    const PickleValue& item(const PickleValue& parent, size_t index) const
    {
        return values[parent.items[index]];
    }
};

/// Runs a protocol 2 pickle on a machine that knows only the opcodes and the globals torch.save uses for
/// tensors and dictionaries: nothing is imported, nothing is called. Anything else is an Error that names it.
/// Storages and tensors are only recorded here, with the right number of arguments; pt.cpp checks them.
Pickle parsePickle(std::span<const std::byte> bytes, const std::string& origin);

}
