#pragma once

#include "core/model/layers_internal.h"
#include "core/model/model.h"
#include "core/run/hooks.h"
#include "core/run/ops/op_internal.h"

#include <map>
#include <vector>

namespace tiller {

/// The plans of a batch, ready to be applied block by block: directions on the device, sorted by layer.
class EditSchedule {
public:
    /// `promptLengths` and `plans`: one a row. Error when a layer or a width does not fit the model.
    EditSchedule(const Model& model, const std::vector<Plan>& plans, std::vector<int> promptLengths);

    bool empty() const { return m_layers.empty(); }
    bool touches(int layer) const { return m_layers.count(layer) > 0; }

    /// Applies the edits of `layer` to a packed residual [n, hidden], in the order of each plan.
    void apply(int layer, at::Tensor& residual, const layers::Packing& packing) const;

private:
    struct Entry {
        size_t row = 0;
        const OpFunctions* op = nullptr;
        OpInput input;
        TokenScope scope;
        int begin = 0;
        int end = 0;
    };
    std::map<int, std::vector<Entry>> m_layers;
    std::vector<int> m_promptLengths;
};

}
