#include "core/base/error.h"
#include "core/io/atomic_write.h"
#include "core/io/blocks.h"
#include "core/io/byte_reader.h"
#include "core/io/extent.h"
#include "core/io/pt.h"
#include "core/io/zip.h"

#include <limits>

namespace tiller {

namespace {

void pickleInteger(std::string& out, int64_t value)
{
    if (value <= std::numeric_limits<uint8_t>::max()) {
        out += 'K'; // BININT1
        appendBytes(out, static_cast<uint8_t>(value));
    } else if (value <= std::numeric_limits<uint16_t>::max()) {
        out += 'M'; // BININT2
        appendBytes(out, static_cast<uint16_t>(value));
    } else if (value <= std::numeric_limits<int32_t>::max()) {
        out += 'J'; // BININT
        appendBytes(out, static_cast<int32_t>(value));
    } else {
        out += "\x8A\x08"; // LONG1 of eight bytes
        appendBytes(out, value);
    }
}

void pickleString(std::string& out, std::string_view text)
{
    out += 'X'; // BINUNICODE
    appendBytes(out, static_cast<uint32_t>(text.size()));
    out += text;
}

void pickleTuple(std::string& out, const std::vector<int64_t>& numbers)
{
    out += '('; // MARK
    for (const int64_t number : numbers)
        pickleInteger(out, number);
    out += 't'; // TUPLE
}

std::string_view storageClass(DType dtype)
{
    switch (dtype) {
    case DType::F32:
        return "FloatStorage";
    case DType::F16:
        return "HalfStorage";
    case DType::BF16:
        return "BFloat16Storage";
    default:
        throw Error("a .pt file is written as F32, F16 or BF16, not as " + std::string(info(dtype).name));
    }
}

/// torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()), as torch.save writes
/// it.
std::string pickleTensor(const HostTensor& tensor, DType dtype)
{
    std::vector<int64_t> strides(tensor.shape.size());
    int64_t stride = 1;
    for (size_t i = strides.size(); i-- > 0; stride *= tensor.shape[i])
        strides[i] = stride;

    std::string out = "\x80\x02"; // PROTO 2
    out += "ctorch._utils\n_rebuild_tensor_v2\n((";
    pickleString(out, "storage");
    out += "ctorch\n" + std::string(storageClass(dtype)) + "\n";
    pickleString(out, "0");
    pickleString(out, "cpu");
    pickleInteger(out, static_cast<int64_t>(tensor.data.size()));
    out += "tQ"; // TUPLE, BINPERSID
    pickleInteger(out, 0);
    pickleTuple(out, tensor.shape);
    pickleTuple(out, strides);
    out += "\x89"
           "ccollections\nOrderedDict\n)R"
           "tR."; // NEWFALSE, an empty OrderedDict, the call, STOP
    return out;
}

std::string storedValues(const std::vector<float>& values, DType dtype)
{
    std::string out;
    out.reserve(values.size() * info(dtype).blockBytes);
    for (const float value : values) {
        if (dtype == DType::F32)
            appendBytes(out, value);
        else
            appendBytes(out, dtype == DType::F16 ? floatToHalf(value) : floatToBfloat16(value));
    }
    return out;
}

}

void writePt(const std::filesystem::path& path, const HostTensor& tensor, DType dtype)
{
    if (checkedCount(tensor.shape) != tensor.data.size())
        throw Error(path.string() + ": cannot be written: the data do not fit the shape");
    ZipWriter zip("archive"); // torch's name when it saves to a stream: independent of the file's name
    zip.add("data.pkl", pickleTensor(tensor, dtype));
    zip.add("data/0", storedValues(tensor.data, dtype));
    zip.add("version", "3\n");
    zip.add("byteorder", "little");
    zip.add(".format_version", "1");
    zip.add(".storage_alignment", "64");
    atomicWrite(path, std::move(zip).finish());
}

}
