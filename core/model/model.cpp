#include "core/model/model.h"

#include "core/model/compute_scope_internal.h"
#include "core/model/families/family.h"
#include "core/model/weights_internal.h"

#include <cstdio>
#include <fstream>

namespace tiller {

struct Model::Data {
    std::shared_ptr<const Checkpoint> checkpoint;
    ModelConfig config;
    ComputeType type = ComputeType::F32;
    std::string fingerprint;
    Weights weights;
};

namespace {

bool multipliesBf16()
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

ComputeType computeTypeNamed(const std::string& name, const at::Device& device)
{
    if (name == "auto")
        return device.is_cuda() || multipliesBf16() ? ComputeType::BF16 : ComputeType::F32;
    if (name == "f32")
        return ComputeType::F32;
    if (name == "bf16")
        return ComputeType::BF16;
    if (name == "f16")
        return ComputeType::F16;
    if (name == "q8")
        throw Error("Computing in 8 bits (q8) is not available in this version", "Use auto, bf16 or f32.");
    throw Error("\"" + name + "\" is no dtype", "Use f32, bf16, f16, q8 or auto.");
}

at::Device deviceNamed(const std::string& name)
{
    if (name == "cpu")
        return at::kCPU;
    const bool numbered = name.rfind("cuda:", 0) == 0 && name.size() > 5 && name.size() < 8
        && name.find_first_not_of("0123456789", 5) == std::string::npos;
    if (name != "cuda" && !numbered)
        throw Error("\"" + name + "\" is no device", "Use cpu, cuda or cuda:n.");
    if (!at::hasCUDA())
        throw Error("This build has no CUDA, or no NVIDIA GPU can be used",
            "Use cpu, or build against a libtorch with CUDA (README, building against another libtorch).");
    return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(numbered ? std::stoi(name.substr(5)) : 0));
}

// FNV-1a: names files, keeps no secrets.
class Hash {
public:
    void add(const void* data, size_t size)
    {
        const auto* bytes = static_cast<const unsigned char*>(data);
        for (size_t i = 0; i < size; ++i)
            m_state = (m_state ^ bytes[i]) * 0x100000001b3ull;
    }
    std::string hex() const
    {
        char text[17];
        std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(m_state));
        return text;
    }

private:
    uint64_t m_state = 0xcbf29ce484222325ull;
};

std::string fingerprintOf(const Checkpoint& checkpoint)
{
    constexpr size_t sample = 64;
    Hash hash;
    for (const TensorView* t : checkpoint.tensors()) {
        hash.add(t->name.data(), t->name.size());
        hash.add(t->shape.data(), t->shape.size() * sizeof t->shape[0]);
        const size_t size = std::min(sample, t->data.size());
        for (const size_t at : {size_t(0), (t->data.size() - size) / 2, t->data.size() - size})
            hash.add(t->data.data() + at, size);
    }
    return hash.hex();
}

}

Model::Model()
    : m_data(std::make_unique<Data>())
{
}

Model::~Model() = default;

std::shared_ptr<const Model> Model::load(
    std::shared_ptr<const Checkpoint> checkpoint, const LoadOptions& options, const Job& job)
{
    const ComputeScope scope;
    const std::shared_ptr<Model> model(new Model());
    Data& d = *model->m_data;
    const at::Device device = deviceNamed(options.device);
    d.type = computeTypeNamed(options.dtype, device);
    d.config = readConfig(*checkpoint);
    d.weights = loadWeights(*checkpoint, d.config, d.type, device, job);
    d.fingerprint = fingerprintOf(*checkpoint);
    d.checkpoint = std::move(checkpoint);
    return model;
}

const ModelConfig& Model::config() const
{
    return m_data->config;
}
ComputeType Model::computeType() const
{
    return m_data->type;
}
std::string Model::device() const
{
    return m_data->weights.device.str();
}
uint64_t Model::weightBytes() const
{
    return m_data->weights.bytes;
}
const std::string& Model::fingerprint() const
{
    return m_data->fingerprint;
}
const Checkpoint& Model::checkpoint() const
{
    return *m_data->checkpoint;
}
const Model::Weights& Model::weights() const
{
    return m_data->weights;
}

std::string toString(ComputeType type)
{
    switch (type) {
    case ComputeType::F32:
        return "float32";
    case ComputeType::BF16:
        return "bfloat16";
    case ComputeType::F16:
        return "float16";
    }
    return {};
}

}
