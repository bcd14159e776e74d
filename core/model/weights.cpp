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
            return multiplyToFloat(x).to(at::kBFloat16);
        at::Tensor result = at::empty({x.size(0), m_matrix.size(0)}, x.options());
        multiplyByColumns(x, result);
        return result;
    }

    at::Tensor multiplyToFloat(const at::Tensor& x) const override
    {
        if (!m_matrix.is_cpu() || !isBf16())
            return multiply(x).to(at::kFloat);
        const at::Tensor input = x.contiguous();
        at::Tensor result = at::empty({x.size(0), m_matrix.size(0)}, at::kFloat);
        kernels::multiplyBf16(static_cast<const uint16_t*>(m_matrix.data_ptr()), m_matrix.size(0), m_matrix.size(1),
            static_cast<const uint16_t*>(input.data_ptr()), x.size(0), result.data_ptr<float>());
        return result;
    }

    uint64_t bytes() const override { return m_matrix.nbytes(); }

private:
    // Up to here our own products, which read each weight once, beat the library's (measured).
    static constexpr int64_t fewRows = 8;

    bool isBf16() const { return m_matrix.scalar_type() == at::kBFloat16; }

    // Each thread multiplies by its share of the outputs.
    void multiplyByColumns(const at::Tensor& x, at::Tensor& result) const
    {
        // The library packs the inputs again for every share: one a thread.
        const int64_t share = std::max<int64_t>(64, (m_matrix.size(0) + threadCount() - 1) / threadCount());
        parallelFor(m_matrix.size(0), share, [&](int64_t begin, int64_t end) {
            const ComputeScope scope;
            result.narrow(1, begin, end - begin).copy_(at::linear(x, m_matrix.narrow(0, begin, end - begin)));
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
