#include "core/model/families/family.h"
#include "core/model/memory.h"
#include "core/model/tensor_reader_internal.h"
#include "core/model/weights_internal.h"

namespace tiller {

namespace {

at::ScalarType scalarType(ComputeType type)
{
    switch (type) {
    case ComputeType::F32:
    case ComputeType::Packed:
        return at::kFloat;
    case ComputeType::BF16:
        return at::kBFloat16;
    case ComputeType::F16:
        return at::kHalf;
    }
    return at::kFloat;
}

// Half-precision products do not exist on the CPU: the values keep float16's rounding, the arithmetic is
// float32.
at::ScalarType arithmeticType(ComputeType type, at::Device device)
{
    return type == ComputeType::F16 && device.is_cpu() ? at::kFloat : scalarType(type);
}

// llama.cpp's converter interleaves the two halves of every rotated head; this puts them back.
std::function<int64_t(int64_t)> fromInterleaved(int64_t headDim)
{
    return [headDim](int64_t row) {
        const int64_t i = row % headDim;
        const int64_t half = headDim / 2;
        return row - i + (i < half ? 2 * i : 2 * (i - half) + 1);
    };
}

class Loader {
public:
    Loader(const Checkpoint& checkpoint, const ModelConfig& config, ComputeType type, at::Device device,
        const Job& job)
        : m_checkpoint(checkpoint)
        , m_config(config)
        , m_names(tensorNames(checkpoint))
        , m_reader(checkpoint, scalarType(type), arithmeticType(type, device), device,
              type == ComputeType::Packed, job.cancel)
        , m_isPacked(type == ComputeType::Packed)
        , m_job(job)
        , m_steps(config.layers + 2)
    {
        m_weights.activationType = arithmeticType(type, device);
        // 8-bit products are rounded far more coarsely than keys and values in 16 bits.
        m_weights.cacheType = type == ComputeType::Packed ? at::kBFloat16 : m_weights.activationType;
        m_weights.device = device;
    }

    Model::Weights load()
    {
        step(0);
        const RowSource embedding = rows(m_names.embedding, m_config.vocabulary, m_config.hidden);
        m_weights.embedding
            = m_reader.embedding(embedding, m_config.tiedEmbeddings ? &m_weights.head : nullptr);
        m_weights.bytes += m_weights.embedding->bytes();
        if (m_config.learnedPositions)
            m_weights.positions
                = m_reader.vector(m_names.positions, {m_config.contextLength, m_config.hidden})
                      .view({m_config.contextLength, m_config.hidden});
        if (!m_config.tiedEmbeddings)
            m_weights.head = linear({rows(m_names.head, m_config.vocabulary, m_config.hidden)});
        else if (m_weights.embedding->bytes() == 0) // not the same memory
            m_weights.bytes += m_weights.head->bytes();
        m_weights.finalNorm = norm(m_names.finalNorm, m_config.hidden);
        for (int block = 0; block < m_config.layers; ++block) {
            step(block + 1);
            m_weights.blocks.push_back(loadBlock(block));
            if (!m_reader.hasMapped() || m_isPacked)
                m_checkpoint.releasePages(); // they were copied
        }
        m_weights.mapped = m_reader.hasMapped();
        m_job.report("Reading weights", m_steps, m_steps);
        return std::move(m_weights);
    }

private:
    void step(int64_t done) const
    {
        m_job.cancel.check();
        m_checkpoint.checkIntact();
        m_job.report("Reading weights", done, m_steps);
    }

    BlockWeights loadBlock(int block)
    {
        const auto name = [&](const std::string& pattern) { return blockName(pattern, block); };
        const int64_t hidden = m_config.hidden;
        BlockWeights b;
        b.attentionNorm = norm(name(m_names.attentionNorm), hidden);
        b.queryKeyValue = linear(queryKeyValue(block));
        if (m_config.queryKeyNorm != QueryKeyNorm::None) {
            b.queryNorm = headNorm(m_names.queryNorm, block, m_config.heads);
            b.keyNorm = headNorm(m_names.keyNorm, block, m_config.kvHeads);
        }
        b.attentionOutput = linear(
            {rows(name(m_names.attentionOutput), hidden, int64_t(m_config.heads) * m_config.headDim, true)});
        b.attentionOutputNorm = norm(name(m_names.attentionOutputNorm), hidden);
        if (!m_config.parallelResidual || m_reader.has(name(m_names.mlpNorm)))
            b.mlpNorm = norm(name(m_names.mlpNorm), hidden);
        if (m_config.blocks[static_cast<size_t>(block)].sparse) {
            b.router = m_reader.exactLinear({rows(name(m_names.router), m_config.experts.count, hidden)});
            m_weights.bytes += b.router->bytes();
            for (int expert = 0; expert < m_config.experts.count; ++expert)
                b.experts.push_back(loadExpert(block, expert));
        } else {
            b.mlp = loadMlp(block);
        }
        b.mlpOutputNorm = norm(name(m_names.mlpOutputNorm), hidden);
        return b;
    }

    std::vector<RowSource> queryKeyValue(int block) const
    {
        const int64_t hidden = m_config.hidden;
        const int64_t headDim = m_config.headDim;
        const int64_t queryRows = m_config.heads * headDim;
        const int64_t keyRows = m_config.kvHeads * headDim;
        const std::string fused = blockName(m_names.queryKeyValue, block);
        if (fused.empty() || !m_reader.has(fused)) {
            std::vector<RowSource> sources{rows(blockName(m_names.query, block), queryRows, hidden, true),
                rows(blockName(m_names.key, block), keyRows, hidden, true),
                rows(blockName(m_names.value, block), keyRows, hidden, true)};
            if (m_names.interleavedQk)
                sources[0].storedRow = sources[1].storedRow = fromInterleaved(headDim);
            return sources;
        }
        RowSource source = rows(fused, queryRows + 2 * keyRows, hidden, true);
        if (m_names.queryKeyValueByHead)
            source.storedRow = [queryRows, headDim](int64_t row) {
                const int64_t part = row / queryRows; // as many heads of each
                const int64_t head = row % queryRows / headDim;
                return (head * 3 + part) * headDim + row % headDim;
            };
        return {source};
    }

    MlpWeights loadMlp(int block)
    {
        const auto name = [&](const std::string& pattern) { return blockName(pattern, block); };
        const int64_t width = m_config.intermediate;
        const int64_t hidden = m_config.hidden;
        MlpWeights mlp;
        if (!m_config.gatedMlp)
            mlp.gateUp = linear({rows(name(m_names.up), width, hidden, true)});
        else if (const std::string fused = name(m_names.gateUp); !fused.empty() && m_reader.has(fused))
            mlp.gateUp = linear({rows(fused, 2 * width, hidden, true)});
        else
            mlp.gateUp = linear(
                {rows(name(m_names.gate), width, hidden, true), rows(name(m_names.up), width, hidden, true)});
        mlp.down = linear({rows(name(m_names.down), hidden, width, true)});
        return mlp;
    }

    MlpWeights loadExpert(int block, int expert)
    {
        const int64_t width = m_config.experts.intermediate;
        const int64_t hidden = m_config.hidden;
        const auto source = [&](const std::string& pattern, int64_t out, int64_t in) {
            RowSource s = rows(blockName(pattern, block, expert), out, in);
            if (pattern.find("{e}") == std::string::npos) {
                s.shape = {m_config.experts.count, out, in};
                s.storedRow = [first = expert * out](int64_t row) { return first + row; };
            }
            return s;
        };
        MlpWeights mlp;
        mlp.gateUp
            = linear({source(m_names.expertGate, width, hidden), source(m_names.expertUp, width, hidden)});
        mlp.down = linear({source(m_names.expertDown, hidden, width)});
        return mlp;
    }

    NormWeights norm(const std::string& name, int64_t width) const
    {
        if (name.empty())
            return {};
        NormWeights w;
        w.weight = m_reader.vector(name, {width}, m_names.normOffset);
        if (m_config.norm == NormKind::Layer && m_reader.has(biasName(name)))
            w.bias = m_reader.vector(biasName(name), {width});
        return w;
    }

    // Weights of all heads, also where the file has one norm for each of them or one for any.
    NormWeights headNorm(const std::string& pattern, int block, int heads) const
    {
        const int64_t headDim = m_config.headDim;
        const std::string name = blockName(pattern, block);
        if (m_config.queryKeyNorm == QueryKeyNorm::AllHeads)
            return norm(name, heads * headDim);
        if (pattern.find("{e}") != std::string::npos) {
            std::vector<at::Tensor> all;
            for (int head = 0; head < heads; ++head)
                all.push_back(norm(blockName(pattern, block, head), headDim).weight);
            return {at::cat(all), {}};
        }
        if (const TensorView* view = m_checkpoint.find(name); view && view->shape.size() == 2)
            return {m_reader.vector(name, {heads, headDim}, m_names.normOffset), {}};
        return {norm(name, headDim).weight.repeat({heads}), {}};
    }

    RowSource rows(const std::string& name, int64_t out, int64_t in, bool inBlock = false) const
    {
        RowSource source;
        source.name = name;
        source.inputMajor = inBlock && m_names.inputMajor;
        source.shape = source.inputMajor ? std::vector<int64_t>{in, out} : std::vector<int64_t>{out, in};
        source.rows = out;
        return source;
    }

    LinearPtr linear(const std::vector<RowSource>& sources)
    {
        LinearPtr weight = m_reader.linear(sources);
        m_weights.bytes += weight->bytes();
        return weight;
    }

    const Checkpoint& m_checkpoint;
    const ModelConfig& m_config;
    const TensorNames& m_names;
    TensorReader m_reader;
    bool m_isPacked;
    const Job& m_job;
    int64_t m_steps;
    Model::Weights m_weights;
};

std::vector<float> divisors(const Checkpoint& checkpoint, const std::string& name, int64_t count)
{
    if (name.empty() || !checkpoint.find(name))
        return {};
    const at::Tensor values
        = TensorReader(checkpoint, at::kFloat, at::kFloat, at::kCPU).vector(name, {count});
    return {values.data_ptr<float>(), values.data_ptr<float>() + count};
}

}

Model::Weights loadWeights(
    const Checkpoint& checkpoint, ModelConfig& config, ComputeType type, at::Device device, const Job& job)
{
    const TensorNames& names = tensorNames(checkpoint);
    refuseUnknownTensors(checkpoint, names, config);
    if (device.is_cpu())
        refuseIfTooLarge(checkpoint, config, type);
    if (checkpoint.gguf()) {
        RopeConfig& rope = config.ropes.front();
        rope.divisors = divisors(checkpoint, names.ropeDivisors, rope.dimensions / 2);
        rope.longDivisors = divisors(checkpoint, names.longRopeDivisors, rope.dimensions / 2);
    }
    return Loader(checkpoint, config, type, device, job).load();
}

}
