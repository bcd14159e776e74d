#include "core/model/device.h"

#include "core/base/error.h"
#include "core/kernels/packed/packed_product.h"

#include <ATen/Context.h>
#include <charconv>
#include <string_view>
#include <torch/cuda.h>

namespace tiller {

namespace {

bool multipliesBf16()
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

}

void checkDevice(const std::string& device)
{
    if (device == "cpu")
        return;
    const std::string_view name = device;
    size_t index = 0;
    const char* end = name.data() + name.size();
    const bool numbered = name.starts_with("cuda:") && name.size() > 5
        && std::from_chars(name.data() + 5, end, index).ptr == end;
    if (name != "cuda" && !numbered)
        throw Error("\"" + device + "\" is no device", "Use cpu, cuda or cuda:n.");
    if (!at::globalContext().hasCUDART())
        throw Error("This build has no CUDA",
            "Install a libtorch with CUDA (pip install torch) and build against it: "
            "CMAKE_PREFIX_PATH=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)') "
            "packaging/run.sh. Until then use cpu.");
    const size_t count = torch::cuda::is_available() ? torch::cuda::device_count() : 0;
    if (count == 0)
        throw Error("No NVIDIA GPU can be used",
            "Install the NVIDIA driver (nvidia-smi then lists the GPUs), or use cpu.");
    if (index >= count)
        throw Error("There is no GPU " + std::to_string(index),
            "Use a number below " + std::to_string(count) + ", or cpu.");
}

ComputeType computeTypeOf(const std::string& dtype, const std::string& device, bool isQuantised)
{
    const bool onCpu = device == "cpu";
    if (dtype == "auto") {
        if (onCpu && isQuantised && kernels::isAvailable(kernels::PackedPath::Avx2))
            return ComputeType::Packed;
        return !onCpu || multipliesBf16() ? ComputeType::BF16 : ComputeType::F32;
    }
    if (dtype == "f32")
        return ComputeType::F32;
    if (dtype == "bf16")
        return ComputeType::BF16;
    if (dtype == "f16")
        return ComputeType::F16;
    if (dtype == "q8" && !onCpu)
        throw Error("Products of 8 bits (q8) are computed on the CPU alone", "Use auto, bf16 or f16.");
    if (dtype == "q8")
        return ComputeType::Packed;
    throw Error("\"" + dtype + "\" is no dtype", "Use f32, bf16, f16, q8 or auto.");
}

}
