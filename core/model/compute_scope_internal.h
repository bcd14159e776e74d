#pragma once

#include "core/model/torch_internal.h"

namespace tiller {

/// Stands at the top of everything that computes with libtorch, on whichever thread: no autograd, and no
/// threads of libtorch's or BLAS's own. Their barriers spin, which makes a busy machine many times slower;
/// the work is split by core/base/threads.h instead.
class ComputeScope {
public:
    ComputeScope();

private:
    c10::InferenceMode m_inference;
};

}
