#pragma once

#include <stdexcept>

namespace tiller::jinja {

/// A cause without its place. The interpreter knows the line and makes it an Error.
struct Fault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What the template itself raised: its text is for the user and stays as it is.
struct Raised : Fault {
    using Fault::Fault;
};

}
