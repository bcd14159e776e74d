#pragma once

#include <string_view>

namespace tiller {

/// What KL is measured on unless another text is given: it has nothing to do with any of the bundled
/// behaviours.
inline constexpr std::string_view neutralText = "The library opens at nine in the morning and closes at six. "
                                                "Books may be borrowed for three weeks, and "
                                                "returned at the desk or through the slot beside the door.";

}
