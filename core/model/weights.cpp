#include "core/base/threads.h"
#include "core/kernels/products.h"
#include "core/model/compute_scope_internal.h"
#include "core/model/weights_internal.h"

#include <algorithm>

namespace tiller {

namespace {

class DenseWeight : public LinearWeight {
public:
    explicit DenseWeight(at::Tensor matrix)
        : m_matrix(std::move(matrix))
    {
    }

    at::Tensor multiply(const at::Tensor& x) const override
    {
        if (!m_matrix.is_cpu())
            return at::linear(x, m_matrix);
        if (isBf16() && x.size(0) <= fewRows)
            return multiplyBf16(x, at::kBFloat16);
        at::Tensor result = at::empty({x.size(0), m_matrix.size(0)}, x.options());
        multiplyInShares(x, result);
        return result;
    }

    at::Tensor multiplyToFloat(const at::Tensor& x) const override
    {
        return m_matrix.is_cpu() && isBf16() ? multiplyBf16(x, at::kFloat) : multiply(x).to(at::kFloat);
    }

    uint64_t bytes() const override { return m_matrix.nbytes(); }

private:
    // Up to here our own products, which read each weight once and need no packing, beat the library's
    // (measured).
    static constexpr int64_t fewRows = 96;

    bool isBf16() const { return m_matrix.scalar_type() == at::kBFloat16; }

    at::Tensor multiplyBf16(const at::Tensor& x, at::ScalarType type) const
    {
        const at::Tensor input = x.contiguous();
        at::Tensor result = at::empty({x.size(0), m_matrix.size(0)}, type);
        kernels::multiplyBf16(static_cast<const uint16_t*>(m_matrix.data_ptr()), m_matrix.size(0),
            m_matrix.size(1), static_cast<const uint16_t*>(input.data_ptr()), x.size(0), result.data_ptr(),
            type == at::kFloat ? kernels::Float::F32 : kernels::Float::BF16);
        return result;
    }

    // Each thread multiplies its share of many rows, or by its share of the outputs.
    void multiplyInShares(const at::Tensor& x, at::Tensor& result) const
    {
        const bool byRows = x.size(0) > fewRows;
        const int64_t all = byRows ? x.size(0) : m_matrix.size(0);
        // The library packs its operands again for every share: one a thread.
        const int64_t share = std::max<int64_t>(32, (all + threadCount() - 1) / threadCount());
        parallelFor(all, share, [&](int64_t begin, int64_t end) {
            const ComputeScope scope;
            const int64_t count = end - begin;
            if (byRows)
                result.narrow(0, begin, count).copy_(at::linear(x.narrow(0, begin, count), m_matrix));
            else
                result.narrow(1, begin, count).copy_(at::linear(x, m_matrix.narrow(0, begin, count)));
        });
    }

    at::Tensor m_matrix;
};

}

LinearPtr makeDense(at::Tensor matrix)
{
    return std::make_shared<DenseWeight>(std::move(matrix));
}

}
