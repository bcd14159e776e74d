#include "core/model/tensor_reader_internal.h"

#include "core/base/threads.h"
#include "core/io/blocks.h"
#include "core/model/families/tensor_names.h"
#include "core/model/packed_weight_internal.h"

#include <algorithm>

namespace tiller {

namespace {

std::string text(const std::vector<int64_t>& shape)
{
    std::string s = "[";
    for (size_t i = 0; i < shape.size(); ++i)
        s += (i ? ", " : "") + std::to_string(shape[i]);
    return s + "]";
}

bool isNumberType(DType type)
{
    return isQuantised(type) || type == DType::F32 || type == DType::F16 || type == DType::BF16
        || type == DType::F64;
}

bool isStoredAs(DType stored, at::ScalarType type)
{
    return (stored == DType::F32 && type == at::kFloat) || (stored == DType::BF16 && type == at::kBFloat16)
        || (stored == DType::F16 && type == at::kHalf);
}

int64_t columnsOf(const RowSource& source)
{
    return source.inputMajor ? source.shape[0] : source.shape.back();
}

// Rows of a stored matrix in float32, whichever way it lies.
class RowValues {
public:
    RowValues(const RowSource& source, const TensorView& view, const Checkpoint& checkpoint)
        : m_source(source)
        , m_view(view)
    {
        const DTypeInfo& type = info(view.dtype);
        if (source.inputMajor) {
            m_all.resize(static_cast<size_t>(view.count()));
            toFloat32(view.dtype, view.data, m_all);
        } else if (columnsOf(source) % type.blockValues != 0) {
            throw Error(checkpoint.path().filename().string() + ": the rows of " + source.name
                + " are no multiple of a block of " + std::string(type.name));
        }
    }

    void get(int64_t row, std::vector<float>& values) const
    {
        const auto stored = static_cast<size_t>(m_source.storedRow ? m_source.storedRow(row) : row);
        const size_t columns = values.size();
        if (m_source.inputMajor) {
            const auto stride = static_cast<size_t>(m_source.shape[1]);
            for (size_t c = 0; c < columns; ++c)
                values[c] = m_all[c * stride + stored];
        } else {
            toFloat32(m_view.dtype, bytes(stored), values);
        }
    }

    std::span<const std::byte> bytes(size_t storedRow) const
    {
        const DTypeInfo& type = info(m_view.dtype);
        const size_t size = static_cast<size_t>(columnsOf(m_source)) / type.blockValues * type.blockBytes;
        return m_view.data.subspan(storedRow * size, size);
    }

private:
    const RowSource& m_source;
    const TensorView& m_view;
    std::vector<float> m_all; ///< input-major matrices, expanded as a whole
};

// The same in blocks of a type: as stored where they are of it, else quantised to 8 bits.
class RowBlocks {
public:
    RowBlocks(const RowSource& source, const TensorView& view, DType type, const Checkpoint& checkpoint)
        : m_values(source, view, checkpoint)
        , m_source(source)
        , m_asStored(view.dtype == type && !source.inputMajor)
    {
    }

    std::span<const std::byte> row(int64_t row, std::vector<std::byte>& scratch) const
    {
        if (m_asStored)
            return m_values.bytes(static_cast<size_t>(m_source.storedRow ? m_source.storedRow(row) : row));
        std::vector<float> values(static_cast<size_t>(columnsOf(m_source)));
        m_values.get(row, values);
        scratch.resize(values.size() / 32 * 34);
        kernels::quantiseQ8(values, scratch);
        return scratch;
    }

private:
    RowValues m_values;
    const RowSource& m_source;
    bool m_asStored;
};

}

TensorReader::TensorReader(const Checkpoint& checkpoint, at::ScalarType storage, at::ScalarType compute,
    at::Device device, bool packed, CancelToken cancel)
    : m_checkpoint(checkpoint)
    , m_storage(storage)
    , m_compute(compute)
    , m_device(device)
    , m_packed(packed)
    , m_cancel(std::move(cancel))
{
}

LinearPtr TensorReader::linear(const std::vector<RowSource>& sources)
{
    const bool hasBlocks = std::all_of(sources.begin(), sources.end(),
        [](const RowSource& s) { return kernels::PackedMatrix::supports(DType::Q8_0, columnsOf(s)); });
    return m_packed && hasBlocks ? packedLinear(sources) : exactLinear(sources);
}

EmbeddingPtr TensorReader::embedding(const RowSource& source, LinearPtr* head)
{
    if (m_packed) {
        if (head)
            *head = linear({source});
        m_mapped = true;
        return makeStoredEmbedding(required(source.name, source.shape));
    }
    const at::Tensor table = matrix(source);
    if (head)
        *head = makeDense({table});
    return makeDenseEmbedding(table);
}

LinearPtr TensorReader::packedLinear(const std::vector<RowSource>& sources)
{
    // Neighbours of one type are one matrix: fewer and larger products.
    struct Part {
        DType type;
        int64_t rows = 0;
        std::vector<const RowSource*> sources;
    };
    std::vector<Part> parts;
    for (const RowSource& source : sources) {
        const DType stored = required(source.name, source.shape).dtype;
        const bool asStored
            = !source.inputMajor && kernels::PackedMatrix::supports(stored, columnsOf(source));
        const DType type = asStored ? stored : DType::Q8_0;
        if (parts.empty() || parts.back().type != type)
            parts.push_back({type, 0, {}});
        parts.back().rows += source.rows;
        parts.back().sources.push_back(&source);
    }
    std::vector<kernels::PackedMatrix> matrices;
    for (const Part& part : parts) {
        kernels::PackedMatrix& matrix
            = matrices.emplace_back(part.type, part.rows, columnsOf(*part.sources.front()), m_arena);
        std::vector<RowBlocks> blocks;
        for (const RowSource* source : part.sources)
            blocks.emplace_back(*source, required(source->name, source->shape), part.type, m_checkpoint);
        parallelFor(matrix.panels(), 1, [&](int64_t begin, int64_t end) {
            std::vector<std::byte> scratch;
            for (int64_t row = begin * kernels::panelRows;
                 row < std::min(end * kernels::panelRows, part.rows); ++row) {
                m_cancel.check();
                int64_t inSource = row;
                size_t s = 0;
                while (inSource >= part.sources[s]->rows)
                    inSource -= part.sources[s++]->rows;
                matrix.setRow(row, blocks[s].row(inSource, scratch));
            }
        });
    }
    return makePacked(std::move(matrices), bias(sources));
}

LinearPtr TensorReader::exactLinear(const std::vector<RowSource>& sources)
{
    std::vector<at::Tensor> parts;
    int64_t rows = 0;
    for (const RowSource& source : sources) {
        rows += source.rows;
        if (at::Tensor part = mapped(source, required(source.name, source.shape)); part.defined())
            parts.push_back(std::move(part));
    }
    if (parts.size() == sources.size()) {
        m_mapped = true;
    } else {
        at::Tensor joined = room(rows, columnsOf(sources.front()));
        int64_t first = 0;
        for (const RowSource& source : sources) {
            fill(joined, first, source, required(source.name, source.shape));
            first += source.rows;
        }
        parts = {joined.to(m_device, m_compute)};
    }
    return makeDense(std::move(parts), bias(sources));
}

// A matrix to be filled, which stays where it is unless the device or the type of the products is another.
at::Tensor TensorReader::room(int64_t rows, int64_t columns)
{
    if (!m_device.is_cpu() || m_storage != m_compute)
        return at::empty({rows, columns}, m_storage);
    const auto bytes = static_cast<size_t>(rows * columns) * c10::elementSize(m_storage);
    const std::shared_ptr<std::byte> memory = m_arena.allocate(bytes);
    return at::from_blob(
        memory.get(), {rows, columns}, [memory](void*) {}, m_storage);
}

at::Tensor TensorReader::matrix(const RowSource& source)
{
    const TensorView& view = required(source.name, source.shape);
    if (at::Tensor part = mapped(source, view); part.defined()) {
        m_mapped = true;
        return part;
    }
    at::Tensor m = room(source.rows, columnsOf(source));
    fill(m, 0, source, view);
    return m.to(m_device, m_compute);
}

at::Tensor TensorReader::vector(
    const std::string& name, const std::vector<int64_t>& shape, double offset) const
{
    const TensorView& view = required(name, shape);
    std::vector<float> values(static_cast<size_t>(view.count()));
    toFloat32(view.dtype, view.data, values);
    for (float& v : values)
        v += static_cast<float>(offset);
    return at::from_blob(values.data(), {view.count()}, at::kFloat).clone().to(m_device);
}

const TensorView& TensorReader::required(const std::string& name, const std::vector<int64_t>& shape) const
{
    const std::string file = m_checkpoint.path().filename().string();
    const TensorView* view = m_checkpoint.find(name);
    if (!view)
        throw Error(file + " has no tensor " + name, "The file may be incomplete; download it again.");
    if (!isNumberType(view->dtype))
        throw Error(file + ": " + name + " holds " + std::string(info(view->dtype).name)
                + " values, which are no weights by themselves",
            "The file may be quantised in a way of its own: open the model it was made from.");
    if (view->shape != shape)
        throw Error(file + ": " + name + " has the shape " + text(view->shape)
            + ", but the configuration asks for " + text(shape));
    return *view;
}

// The file's own bytes as a tensor, or undefined where they cannot serve as they are.
at::Tensor TensorReader::mapped(const RowSource& source, const TensorView& view) const
{
    const bool serves = m_device.is_cpu() && m_storage == m_compute && isStoredAs(view.dtype, m_storage)
        && !source.storedRow && !source.inputMajor
        && reinterpret_cast<uintptr_t>(view.data.data()) % c10::elementSize(m_storage) == 0;
    if (!serves)
        return {};
    return at::from_blob(
        const_cast<std::byte*>(view.data.data()), {source.rows, columnsOf(source)}, m_storage);
}

// Expands stored rows into rows firstRow .. of `target`, several at a time on all workers.
void TensorReader::fill(
    at::Tensor& target, int64_t firstRow, const RowSource& source, const TensorView& view) const
{
    const int64_t columns = columnsOf(source);
    const RowValues stored(source, view, m_checkpoint);
    parallelFor(source.rows, 16, [&](int64_t begin, int64_t end) {
        std::vector<float> row(static_cast<size_t>(columns));
        for (int64_t r = begin; r < end; ++r) {
            m_cancel.check();
            stored.get(r, row);
            store(row, target, (firstRow + r) * columns);
        }
    });
}

void TensorReader::store(const std::vector<float>& row, at::Tensor& target, int64_t offset) const
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

at::Tensor TensorReader::bias(const std::vector<RowSource>& sources) const
{
    std::vector<float> values;
    bool any = false;
    for (const RowSource& source : sources) {
        const size_t first = values.size();
        values.resize(first + static_cast<size_t>(source.rows), 0.0f);
        const std::string name = biasName(source.name);
        if (!has(name))
            continue;
        any = true;
        const int64_t count = source.inputMajor ? source.shape[1] : source.shape[source.shape.size() - 2];
        const TensorView& view = required(name, {count});
        std::vector<float> stored(static_cast<size_t>(count));
        toFloat32(view.dtype, view.data, stored);
        for (int64_t r = 0; r < source.rows; ++r)
            values[first + static_cast<size_t>(r)]
                = stored[static_cast<size_t>(source.storedRow ? source.storedRow(r) : r)];
    }
    if (!any)
        return {};
    return at::from_blob(values.data(), {static_cast<int64_t>(values.size())}, at::kFloat)
        .clone()
        .to(m_device);
}

}
