#include "core/kernels/packed/packed_product.h"
#include "core/model/packed_weight_internal.h"
#include "core/model/scratch_internal.h"

namespace tiller {

namespace {

class PackedWeight : public LinearWeight {
public:
    PackedWeight(std::vector<kernels::PackedMatrix> parts, at::Tensor bias)
        : m_parts(std::move(parts))
        , m_bias(std::move(bias))
    {
        for (const auto& part : m_parts)
            m_outputs += part.outputs();
    }

    at::Tensor multiply(const at::Tensor& x) const override
    {
        // One a thread that computes: its buffers are worth keeping.
        static thread_local kernels::QuantisedRows rows;
        const at::Tensor input = x.contiguous();
        rows.set(input.data_ptr<float>(), input.size(0), input.size(1));
        at::Tensor result = scratch(input.size(0), m_outputs, at::kFloat);
        int64_t first = 0;
        for (const auto& part : m_parts) {
            const float* bias = m_bias.defined() ? m_bias.data_ptr<float>() + first : nullptr;
            kernels::multiplyPacked(part, rows, bias, result.data_ptr<float>() + first, m_outputs);
            first += part.outputs();
        }
        return result;
    }

    at::Tensor multiplyToFloat(const at::Tensor& x) const override { return multiply(x); }

    uint64_t bytes() const override
    {
        uint64_t sum = 0;
        for (const auto& part : m_parts)
            sum += part.bytes();
        return sum;
    }

private:
    std::vector<kernels::PackedMatrix> m_parts;
    at::Tensor m_bias;
    int64_t m_outputs = 0;
};

}

LinearPtr makePacked(std::vector<kernels::PackedMatrix> parts, at::Tensor bias)
{
    return std::make_shared<PackedWeight>(std::move(parts), std::move(bias));
}

}
