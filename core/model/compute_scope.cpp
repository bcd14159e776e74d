#include "core/model/compute_scope_internal.h"

#include <dlfcn.h>

namespace tiller {

namespace {

void keepLibrariesSingleThreaded()
{
    at::set_num_threads(1);
    // OpenBLAS has a pool of its own where it is the BLAS in use.
    using SetThreads = void (*)(int);
    if (const auto setThreads = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads")))
        setThreads(1);
}

}

ComputeScope::ComputeScope()
{
    // libtorch initialises its counts per thread.
    thread_local const bool done = (keepLibrariesSingleThreaded(), true);
    static_cast<void>(done);
}

}
