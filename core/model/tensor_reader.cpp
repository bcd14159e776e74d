#include "core/model/tensor_reader_internal.h"

#include "core/base/threads.h"
#include "core/io/blocks.h"
#include "core/model/families/tensor_names.h"

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

bool isStoredAs(DType stored, at::ScalarType type)
{
    return (stored == DType::F32 && type == at::kFloat) || (stored == DType::BF16 && type == at::kBFloat16)
        || (stored == DType::F16 && type == at::kHalf);
}

int64_t columnsOf(const RowSource& source)
{
    return source.inputMajor ? source.shape[0] : source.shape.back();
}

}

TensorReader::TensorReader(const Checkpoint& checkpoint, at::ScalarType storage, at::ScalarType compute,
    at::Device device, CancelToken cancel)
    : m_checkpoint(checkpoint)
    , m_storage(storage)
    , m_compute(compute)
    , m_device(device)
    , m_cancel(std::move(cancel))
{
}

LinearPtr TensorReader::linear(const std::vector<RowSource>& sources)
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
        at::Tensor joined = at::empty({rows, columnsOf(sources.front())}, m_storage);
        int64_t first = 0;
        for (const RowSource& source : sources) {
            fill(joined, first, source, required(source.name, source.shape));
            first += source.rows;
        }
        parts = {joined.to(m_device, m_compute)};
    }
    return makeDense(std::move(parts), bias(sources));
}

at::Tensor TensorReader::matrix(const RowSource& source)
{
    const TensorView& view = required(source.name, source.shape);
    if (at::Tensor part = mapped(source, view); part.defined()) {
        m_mapped = true;
        return part;
    }
    at::Tensor m = at::empty({source.rows, columnsOf(source)}, m_storage);
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
    const auto stored = [&](int64_t row) { return source.storedRow ? source.storedRow(row) : row; };
    if (source.inputMajor) {
        const int64_t stride = source.shape[1];
        std::vector<float> all(static_cast<size_t>(view.count()));
        toFloat32(view.dtype, view.data, all);
        parallelFor(source.rows, 16, [&](int64_t begin, int64_t end) {
            std::vector<float> row(static_cast<size_t>(columns));
            for (int64_t r = begin; r < end; ++r) {
                m_cancel.check();
                const float* from = all.data() + stored(r);
                for (int64_t c = 0; c < columns; ++c)
                    row[static_cast<size_t>(c)] = from[c * stride];
                store(row, target, (firstRow + r) * columns);
            }
        });
        return;
    }
    const DTypeInfo& type = info(view.dtype);
    if (columns % type.blockValues != 0)
        throw Error(m_checkpoint.path().filename().string() + ": the rows of " + source.name
            + " are no multiple of a block of " + std::string(type.name));
    const auto rowBytes = static_cast<size_t>(columns) / type.blockValues * type.blockBytes;
    parallelFor(source.rows, 16, [&](int64_t begin, int64_t end) {
        std::vector<float> row(static_cast<size_t>(columns));
        for (int64_t r = begin; r < end; ++r) {
            m_cancel.check();
            toFloat32(
                view.dtype, view.data.subspan(static_cast<size_t>(stored(r)) * rowBytes, rowBytes), row);
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
