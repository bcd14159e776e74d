#include "core/base/error.h"
#include "core/base/threads.h"
#include "core/kernels/worthwhile.h"
#include "core/model/key_values_internal.h"
#include "core/model/weights_internal.h"
#include "core/run/edits_internal.h"

namespace tiller {

EditSchedule::EditSchedule(const Model& model, const std::vector<Plan>& plans, std::vector<int> promptLengths)
    : m_promptLengths(std::move(promptLengths))
{
    const ModelConfig& config = model.config();
    // Rows of a grid share directions: one copy on the device each.
    std::map<const std::vector<float>*, OpInput> prepared;
    for (size_t row = 0; row < plans.size(); ++row) {
        for (const LayerEdit& edit : plans[row].edits) {
            if (edit.layer < 0 || edit.layer >= config.layers)
                throw Error("Layer " + std::to_string(edit.layer)
                    + " does not exist: the model has layers 0 to " + std::to_string(config.layers - 1));
            if (!edit.direction || edit.direction->size() != static_cast<size_t>(config.hidden))
                throw Error("A direction of width "
                        + std::to_string(edit.direction ? edit.direction->size() : 0)
                        + " cannot steer a model of hidden size " + std::to_string(config.hidden),
                    "Use a vector extracted from this model.");
            OpInput& input = prepared[edit.direction.get()];
            if (!input.direction.defined()) {
                input.direction
                    = at::from_blob(const_cast<float*>(edit.direction->data()), {config.hidden}, at::kFloat)
                          .clone()
                          .to(model.weights().device);
                input.norm = input.direction.norm().item<double>();
                input.unit = input.norm > 0 ? input.direction / input.norm : at::zeros_like(input.direction);
            }
            Entry entry{row, &findOp(edit.op), input, edit.scope, edit.begin, edit.end};
            entry.input.strength = static_cast<double>(edit.strength);
            entry.input.positiveProjection = edit.positiveProjection;
            m_layers[edit.layer].push_back(std::move(entry));
        }
    }
}

void EditSchedule::apply(int layer, at::Tensor& residual, const layers::Packing& packing) const
{
    const auto entries = m_layers.find(layer);
    if (entries == m_layers.end())
        return;
    const bool library = computesWithLibrary(residual.device()) || !residual.is_contiguous();
    const int64_t width = residual.size(1);
    for (const Entry& entry : entries->second) {
        const int prompt = m_promptLengths[entry.row];
        // Every scope is one run of positions: all but perhaps the first few.
        int64_t begin = 0;
        int64_t end = packing.count[entry.row];
        const auto inside = [&](int64_t i) {
            const auto position = static_cast<int>(packing.start[entry.row] + i);
            return position >= entry.begin && position < entry.end && entry.scope.contains(position, prompt);
        };
        while (begin < end && !inside(begin))
            ++begin;
        while (end > begin && !inside(end - 1))
            --end;
        if (begin == end)
            continue;
        const int64_t first = packing.offset[entry.row] + begin;
        if (library) {
            at::Tensor h = residual.narrow(0, first, end - begin);
            entry.op->library(h, entry.input);
            continue;
        }
        float* h = residual.data_ptr<float>() + first * width;
        parallelFor(end - begin, kernels::grainFor(width), [&](int64_t from, int64_t to) {
            for (int64_t i = from; i < to; ++i)
                entry.op->position(h + i * width, entry.input);
        });
    }
}

}
