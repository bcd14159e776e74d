#pragma once

#include "core/io/tensor_view.h"
#include "core/model/torch_internal.h"

namespace tiller {

inline HostTensor toHost(const at::Tensor& tensor)
{
    const at::Tensor t = tensor.to(at::kCPU, at::kFloat).contiguous();
    return {t.sizes().vec(), std::vector<float>(t.data_ptr<float>(), t.data_ptr<float>() + t.numel())};
}

}
