#pragma once

namespace tiller::kernels {

/// Element type of a buffer. BF16 values are held as their 16 bits.
enum class Float { F32, BF16 };

}
