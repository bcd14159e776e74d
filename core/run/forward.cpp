#include "core/run/forward.h"

#include "core/base/error.h"
#include "core/model/compute_scope_internal.h"
#include "core/model/decoder_internal.h"
#include "core/run/edits_internal.h"
#include "core/run/host_internal.h"

#include <algorithm>

namespace tiller {

std::vector<ForwardRow> forward(const Model& model, const ForwardRequest& request, const Job& job)
{
    const ComputeScope scope;
    const ModelConfig& config = model.config();
    if (!request.plans.empty() && request.plans.size() != request.rows.size())
        throw Error("There are " + std::to_string(request.rows.size()) + " texts but "
            + std::to_string(request.plans.size()) + " plans");
    for (const int layer : request.layers)
        if (layer < 0 || layer >= config.layers)
            throw Error("Layer " + std::to_string(layer) + " does not exist: the model has layers 0 to "
                + std::to_string(config.layers - 1));
    if (request.rows.empty())
        return {};

    Decoder decoder(model);
    std::vector<int> lengths;
    for (const auto& row : request.rows)
        lengths.push_back(static_cast<int>(row.size()));
    if (!request.promptLengths.empty() && request.promptLengths.size() != request.rows.size())
        throw Error("There are " + std::to_string(request.rows.size()) + " texts but "
            + std::to_string(request.promptLengths.size()) + " prompt lengths");
    const EditSchedule edits(
        model, request.plans, request.promptLengths.empty() ? lengths : request.promptLengths);

    Pass pass;
    pass.packing = decoder.pack(request.rows, std::vector<int64_t>(request.rows.size(), 0));
    at::Tensor residual = decoder.embed(request.rows, pass.packing);
    pass.cancel = job.cancel;
    pass.lastBlock
        = request.logits ? config.layers - 1 : (request.layers.empty() ? -1 : request.layers.back());

    const auto rowOf = [&](const at::Tensor& packed, size_t r) {
        return packed.narrow(0, pass.packing.offset[r], pass.packing.count[r]);
    };
    std::vector<ForwardRow> rows(request.rows.size());
    for (size_t r = 0; r < rows.size(); ++r) {
        if (request.embeddings)
            rows[r].embeddings = toHost(rowOf(residual, r));
        rows[r].residuals.shape = {static_cast<int64_t>(request.layers.size()),
            request.lastPositionOnly ? 1 : pass.packing.count[r], static_cast<int64_t>(config.hidden)};
    }
    pass.onBlock = [&](int block, at::Tensor& h) {
        edits.apply(block, h, pass.packing);
        job.report("Running the model", block + 1, config.layers);
        if (!std::binary_search(request.layers.begin(), request.layers.end(), block))
            return;
        for (size_t r = 0; r < rows.size(); ++r) {
            const at::Tensor row = rowOf(h, r);
            const HostTensor tap = toHost(request.lastPositionOnly ? row.narrow(0, row.size(0) - 1, 1) : row);
            rows[r].residuals.data.insert(rows[r].residuals.data.end(), tap.data.begin(), tap.data.end());
        }
    };
    residual = decoder.run(pass, residual);
    if (request.logits)
        for (size_t r = 0; r < rows.size(); ++r)
            rows[r].logits = toHost(decoder.logits(rowOf(residual, r)));
    return rows;
}

}
