#pragma once

#include "core/io/dtype.h"
#include "core/io/tensor_view.h"

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tiller {

/// One tensor of a .pt file, converted to float32 and made contiguous.
struct PtTensor {
    HostTensor value;
    DType storedAs = DType::F32;
};

/// What a .pt file may hold for us: one tensor, or a dictionary (keys str or int, written in decimal)
/// whose tensors are kept; `scalars` keeps its numbers, booleans and strings as text. None, lists and tuples
/// in it are left out. Nested dictionaries are refused.
struct PtFile {
    std::vector<std::pair<std::string, PtTensor>> tensors; ///< a bare tensor has the name ""
    std::map<std::string, std::string> scalars;
};

/// Our own strict reader: stored zip only, CRC checked, allow-listed pickle opcodes and globals, nothing
/// is ever executed. The legacy (not zip) form is refused with the remedy. Throws Error.
PtFile readPt(const std::filesystem::path& path);

/// Writes one tensor as torch.save does; loads with torch.load(weights_only=True) of 1.13 to 2.11.
/// dtype: F32, F16 or BF16. Atomic replace.
void writePt(const std::filesystem::path& path, const HostTensor& tensor, DType dtype = DType::F32);

}
