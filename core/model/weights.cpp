#include "core/base/threads.h"
#include "core/kernels/products.h"
#include "core/model/compute_scope_internal.h"
#include "core/model/key_values_internal.h"
#include "core/model/scratch_internal.h"
#include "core/model/weights_internal.h"

#include <algorithm>

namespace tiller {

namespace {

class DenseWeight : public LinearWeight {
public:
    DenseWeight(std::vector<at::Tensor> parts, at::Tensor bias)
        : m_bias(std::move(bias))
    {
        for (at::Tensor& matrix : parts) {
            Part part;
            part.firstOutput = m_outputs;
            m_outputs += matrix.size(0);
            if (m_bias.defined())
                part.libraryBias
                    = m_bias.narrow(0, part.firstOutput, matrix.size(0)).to(matrix.scalar_type());
            part.matrix = std::move(matrix);
            m_parts.push_back(std::move(part));
        }
    }

    at::Tensor multiply(const at::Tensor& x) const override
    {
        if (isBf16() && x.size(0) <= fewRows)
            return multiplyBf16(x, at::kBFloat16);
        if (computesWithLibrary(x.device()) && m_parts.size() == 1)
            return library(m_parts[0], x, 0, m_outputs);
        at::Tensor result = at::empty({x.size(0), m_outputs}, x.options());
        for (const Part& part : m_parts)
            multiplyInShares(part, x, result.narrow(1, part.firstOutput, part.matrix.size(0)));
        return result;
    }

    at::Tensor multiplyToFloat(const at::Tensor& x) const override
    {
        return isBf16() ? multiplyBf16(x, at::kFloat) : multiply(x).to(at::kFloat);
    }

    uint64_t bytes() const override
    {
        uint64_t sum = 0;
        for (const Part& part : m_parts)
            sum += part.matrix.nbytes();
        return sum;
    }

private:
    struct Part {
        at::Tensor matrix; ///< [outputs, in]
        at::Tensor libraryBias; ///< in the matrix's type, or undefined
        int64_t firstOutput = 0;
    };

    // Up to here our own products, which read each weight once and need no packing, beat the library's
    // (measured).
    static constexpr int64_t fewRows = 96;

    bool isBf16() const
    {
        return !computesWithLibrary(m_parts[0].matrix.device())
            && m_parts[0].matrix.scalar_type() == at::kBFloat16;
    }

    static at::Tensor library(const Part& part, const at::Tensor& x, int64_t first, int64_t outputs)
    {
        const at::Tensor w = part.matrix.narrow(0, first, outputs);
        return part.libraryBias.defined() ? at::linear(x, w, part.libraryBias.narrow(0, first, outputs))
                                          : at::linear(x, w);
    }

    at::Tensor multiplyBf16(const at::Tensor& x, at::ScalarType type) const
    {
        const at::Tensor input = x.contiguous();
        at::Tensor result = scratch(x.size(0), m_outputs, type);
        const auto kind = type == at::kFloat ? kernels::Float::F32 : kernels::Float::BF16;
        for (const Part& part : m_parts) {
            auto* y = static_cast<std::byte*>(result.data_ptr())
                + static_cast<size_t>(part.firstOutput) * c10::elementSize(type);
            kernels::multiplyBf16(static_cast<const uint16_t*>(part.matrix.data_ptr()),
                m_bias.defined() ? m_bias.data_ptr<float>() + part.firstOutput : nullptr, part.matrix.size(0),
                part.matrix.size(1), static_cast<const uint16_t*>(input.data_ptr()), x.size(0), y, m_outputs,
                kind);
        }
        return result;
    }

    // Each thread multiplies its share of many rows, or by its share of the outputs.
    static void multiplyInShares(const Part& part, const at::Tensor& x, const at::Tensor& result)
    {
        const int64_t outputs = part.matrix.size(0);
        if (computesWithLibrary(x.device())) {
            result.copy_(library(part, x, 0, outputs));
            return;
        }
        const bool byRows = x.size(0) > fewRows;
        const int64_t all = byRows ? x.size(0) : outputs;
        // The library packs its operands again for every share: one a thread.
        const int64_t share = std::max<int64_t>(32, (all + threadCount() - 1) / threadCount());
        parallelFor(all, share, [&](int64_t begin, int64_t end) {
            const ComputeScope scope;
            const int64_t count = end - begin;
            if (byRows)
                result.narrow(0, begin, count).copy_(library(part, x.narrow(0, begin, count), 0, outputs));
            else
                result.narrow(1, begin, count).copy_(library(part, x, begin, count));
        });
    }

    std::vector<Part> m_parts;
    at::Tensor m_bias;
    int64_t m_outputs = 0;
};

}

LinearPtr makeDense(std::vector<at::Tensor> parts, at::Tensor bias)
{
    return std::make_shared<DenseWeight>(std::move(parts), std::move(bias));
}

}
