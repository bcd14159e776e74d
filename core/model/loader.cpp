#include "core/base/threads.h"
#include "core/io/blocks.h"
#include "core/model/families/family.h"
#include "core/model/weights_internal.h"

#include <algorithm>
#include <fstream>

namespace tiller {

namespace {

at::ScalarType scalarType(ComputeType type)
{
    switch (type) {
    case ComputeType::F32:
        return at::kFloat;
    case ComputeType::BF16:
        return at::kBFloat16;
    case ComputeType::F16:
        return at::kHalf;
    }
    return at::kFloat;
}

std::string text(const std::vector<int64_t>& shape)
{
    std::string s = "[";
    for (size_t i = 0; i < shape.size(); ++i)
        s += (i ? ", " : "") + std::to_string(shape[i]);
    return s + "]";
}

uint64_t availableMemory()
{
    std::ifstream file("/proc/meminfo");
    std::string key;
    uint64_t kilobytes = 0;
    std::string unit;
    while (file >> key >> kilobytes && std::getline(file, unit))
        if (key == "MemAvailable:")
            return kilobytes * 1024;
    return 0;
}

// llama.cpp's converter interleaves the two halves of every rotated head; put them back.
int64_t originalRow(int64_t row, int64_t headDim)
{
    const int64_t head = row / headDim;
    const int64_t i = row % headDim;
    const int64_t half = headDim / 2;
    return head * headDim + (i < half ? 2 * i : 2 * (i - half) + 1);
}

class Loader {
public:
    Loader(const Checkpoint& checkpoint, const ModelConfig& config, ComputeType type, at::Device device,
        const Job& job)
        : m_checkpoint(checkpoint)
        , m_config(config)
        , m_names(
              checkpoint.gguf() ? findFamily(checkpoint).ggufNames : findFamily(checkpoint).huggingFaceNames)
        , m_device(device)
        , m_storage(scalarType(type))
        , m_compute(type == ComputeType::F16 && device.is_cpu() ? at::kFloat : m_storage)
        , m_job(job)
        , m_steps(config.layers + 2)
    {
    }

    Model::Weights load()
    {
        refuseIfTooLarge();
        Model::Weights w;
        w.activationType = m_compute;
        w.device = m_device;
        const int64_t qkvRows = int64_t(m_config.heads + 2 * m_config.kvHeads) * m_config.headDim;
        const int64_t attention = int64_t(m_config.heads) * m_config.headDim;

        step(0);
        at::Tensor embedding = emptyMatrix(m_config.vocabulary, m_config.hidden);
        fill(embedding, 0, m_names.embedding, m_config.vocabulary, m_config.hidden);
        w.embedding = onDevice(embedding);
        if (m_config.tiedEmbeddings) {
            w.head = makeDense(w.embedding);
        } else {
            at::Tensor head = emptyMatrix(m_config.vocabulary, m_config.hidden);
            fill(head, 0, m_names.head, m_config.vocabulary, m_config.hidden);
            w.head = makeDense(onDevice(head));
        }
        for (int block = 0; block < m_config.layers; ++block) {
            step(block + 1);
            const auto name = [&](const std::string& pattern) { return blockName(pattern, block); };
            BlockWeights b;
            b.attentionNorm = vector(name(m_names.attentionNorm), m_config.hidden);
            b.mlpNorm = vector(name(m_names.mlpNorm), m_config.hidden);

            at::Tensor qkv = emptyMatrix(qkvRows, m_config.hidden);
            const int64_t keyRows = int64_t(m_config.kvHeads) * m_config.headDim;
            fill(qkv, 0, name(m_names.query), attention, m_config.hidden, m_names.interleavedQk);
            fill(qkv, attention, name(m_names.key), keyRows, m_config.hidden, m_names.interleavedQk);
            fill(qkv, attention + keyRows, name(m_names.value), keyRows, m_config.hidden);
            b.queryKeyValue = makeDense(onDevice(qkv));
            b.attentionOutput = matrix(name(m_names.attentionOutput), m_config.hidden, attention);

            at::Tensor gateUp = emptyMatrix(2 * int64_t(m_config.intermediate), m_config.hidden);
            fill(gateUp, 0, name(m_names.gate), m_config.intermediate, m_config.hidden);
            fill(gateUp, m_config.intermediate, name(m_names.up), m_config.intermediate, m_config.hidden);
            b.gateUp = makeDense(onDevice(gateUp));
            b.down = matrix(name(m_names.down), m_config.hidden, m_config.intermediate);

            for (const LinearPtr& p : {b.queryKeyValue, b.attentionOutput, b.gateUp, b.down})
                w.bytes += p->bytes();
            w.blocks.push_back(std::move(b));
        }
        step(m_steps - 1);
        w.finalNorm = vector(m_names.finalNorm, m_config.hidden);
        w.bytes += w.embedding.nbytes() + (m_config.tiedEmbeddings ? 0 : w.head->bytes());
        m_job.report("Reading weights", m_steps, m_steps);
        return w;
    }

    /// GGUF's table of frequency divisors, or nothing.
    std::vector<float> ropeDivisors() const
    {
        if (m_names.ropeDivisors.empty() || !m_checkpoint.find(m_names.ropeDivisors))
            return {};
        return floats(m_names.ropeDivisors, m_config.rope.dimensions / 2);
    }

private:
    void step(int64_t done) const
    {
        m_job.cancel.check();
        m_job.report("Reading weights", done, m_steps);
    }

    std::string fileName() const { return m_checkpoint.path().filename().string(); }

    const TensorView& required(const std::string& name, const std::vector<int64_t>& shape) const
    {
        const TensorView* view = m_checkpoint.find(name);
        if (!view)
            throw Error(
                fileName() + " has no tensor " + name, "The file may be incomplete; download it again.");
        if (view->shape != shape)
            throw Error(fileName() + ": " + name + " has the shape " + text(view->shape)
                + ", but the configuration asks for " + text(shape));
        return *view;
    }

    void refuseIfTooLarge() const
    {
        uint64_t values = 0;
        for (const TensorView* t : m_checkpoint.tensors())
            values += static_cast<uint64_t>(t->count());
        const uint64_t bytes = values * c10::elementSize(m_compute);
        const uint64_t available = availableMemory();
        if (m_device.is_cpu() && available > 0 && bytes > available) {
            const auto gib = [](uint64_t b) { return std::to_string((b + (1u << 29)) >> 30) + " GiB"; };
            throw Error(fileName() + " needs about " + gib(bytes) + " of memory as "
                    + std::string(c10::toString(m_compute)) + ", but " + gib(available) + " are free",
                "Close other programs, choose bfloat16, or open a smaller model.");
        }
    }

    std::vector<float> floats(const std::string& name, int64_t count) const
    {
        const TensorView& view = required(name, {count});
        std::vector<float> values(static_cast<size_t>(count));
        toFloat32(view.dtype, view.data, values);
        return values;
    }

    at::Tensor vector(const std::string& name, int64_t count) const
    {
        const std::vector<float> values = floats(name, count);
        return at::from_blob(const_cast<float*>(values.data()), {count}, at::kFloat).clone().to(m_device);
    }

    at::Tensor emptyMatrix(int64_t rows, int64_t columns) const
    {
        return at::empty({rows, columns}, m_storage);
    }
    // Half-precision products do not exist on the CPU: the values keep float16's rounding, the arithmetic is
    // float32.
    at::Tensor onDevice(const at::Tensor& matrix) const { return matrix.to(m_device, m_compute); }

    LinearPtr matrix(const std::string& name, int64_t rows, int64_t columns) const
    {
        at::Tensor m = emptyMatrix(rows, columns);
        fill(m, 0, name, rows, columns);
        return makeDense(onDevice(m));
    }

    // Expands a stored matrix into rows firstRow .. of `target`, several rows at a time on all workers.
    void fill(at::Tensor& target, int64_t firstRow, const std::string& name, int64_t rows, int64_t columns,
        bool interleaved = false) const
    {
        const TensorView& view = required(name, {rows, columns});
        const DTypeInfo& type = info(view.dtype);
        if (columns % type.blockValues != 0)
            throw Error(fileName() + ": the rows of " + name + " are no multiple of a block of "
                + std::string(type.name));
        const auto rowBytes = static_cast<size_t>(columns) / type.blockValues * type.blockBytes;
        parallelFor(rows, 16, [&](int64_t begin, int64_t end) {
            std::vector<float> row(static_cast<size_t>(columns));
            for (int64_t r = begin; r < end; ++r) {
                const int64_t stored = interleaved ? originalRow(r, m_config.headDim) : r;
                toFloat32(
                    view.dtype, view.data.subspan(static_cast<size_t>(stored) * rowBytes, rowBytes), row);
                store(row, target, (firstRow + r) * columns);
            }
        });
    }

    void store(const std::vector<float>& row, at::Tensor& target, int64_t offset) const
    {
        if (m_storage == at::kFloat) {
            std::copy(row.begin(), row.end(), target.data_ptr<float>() + offset);
            return;
        }
        auto* out = static_cast<uint16_t*>(target.data_ptr()) + offset;
        if (m_storage == at::kBFloat16)
            std::transform(row.begin(), row.end(), out, floatToBfloat16);
        else
            std::transform(row.begin(), row.end(), out, floatToHalf);
    }

    const Checkpoint& m_checkpoint;
    const ModelConfig& m_config;
    const TensorNames& m_names;
    at::Device m_device;
    at::ScalarType m_storage;
    at::ScalarType m_compute;
    const Job& m_job;
    int64_t m_steps;
};

}

Model::Weights loadWeights(
    const Checkpoint& checkpoint, ModelConfig& config, ComputeType type, at::Device device, const Job& job)
{
    Loader loader(checkpoint, config, type, device, job);
    config.rope.frequencyDivisors = loader.ropeDivisors();
    return loader.load();
}

}
