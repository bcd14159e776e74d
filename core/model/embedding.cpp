#include "core/io/blocks.h"
#include "core/model/scratch_internal.h"
#include "core/model/weights_internal.h"

namespace tiller {

namespace {

class DenseEmbedding : public EmbeddingTable {
public:
    explicit DenseEmbedding(at::Tensor table)
        : m_table(std::move(table))
    {
    }

    at::Tensor rows(const std::vector<int64_t>& ids) const override
    {
        return m_table.index_select(0, at::tensor(ids, at::kLong).to(m_table.device())).to(at::kFloat);
    }

    uint64_t bytes() const override { return m_table.nbytes(); }

private:
    at::Tensor m_table;
};

class StoredEmbedding : public EmbeddingTable {
public:
    explicit StoredEmbedding(const TensorView& table)
        : m_table(table)
    {
    }

    at::Tensor rows(const std::vector<int64_t>& ids) const override
    {
        const auto hidden = static_cast<size_t>(m_table.shape[1]);
        const size_t rowBytes = m_table.data.size() / static_cast<size_t>(m_table.shape[0]);
        at::Tensor result = scratch(static_cast<int64_t>(ids.size()), m_table.shape[1], at::kFloat);
        for (size_t i = 0; i < ids.size(); ++i)
            toFloat32(m_table.dtype, m_table.data.subspan(static_cast<size_t>(ids[i]) * rowBytes, rowBytes),
                {result.data_ptr<float>() + i * hidden, hidden});
        return result;
    }

    uint64_t bytes() const override { return 0; }

private:
    TensorView m_table;
};

}

EmbeddingPtr makeDenseEmbedding(at::Tensor table)
{
    return std::make_shared<DenseEmbedding>(std::move(table));
}

EmbeddingPtr makeStoredEmbedding(const TensorView& table)
{
    return std::make_shared<StoredEmbedding>(table);
}

}
