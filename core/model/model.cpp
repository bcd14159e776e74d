#include "core/model/model.h"

#include "core/base/fnv.h"
#include "core/model/compute_scope_internal.h"
#include "core/model/device.h"
#include "core/model/families/family.h"
#include "core/model/memory.h"
#include "core/model/weights_internal.h"

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

std::string fingerprintOf(const Checkpoint& checkpoint)
{
    constexpr size_t sample = 64;
    Fnv hash;
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
    checkDevice(options.device);
    d.type = computeTypeOf(options.dtype, options.device, isQuantised(*checkpoint));
    d.config = readConfig(*checkpoint);
    checkpoint->checkIntact();
    d.fingerprint = fingerprintOf(*checkpoint); // first: it maps a piece of every tensor anew
    d.weights = loadWeights(*checkpoint, d.config, d.type, at::Device(options.device), job);
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

}
