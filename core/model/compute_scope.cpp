#include "core/model/compute_scope_internal.h"

#include <dlfcn.h>
#include <malloc.h>

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

// Activations come and go with every layer: kept mapped, they cost no page faults (a sixth of a long
// prefill).
void keepFreedMemoryMapped()
{
#if defined(__GLIBC__)
    constexpr int largestOnHeap = 32 << 20; // glibc takes no more
    constexpr int keptFree = 512 << 20;
    mallopt(M_MMAP_THRESHOLD, largestOnHeap);
    mallopt(M_TRIM_THRESHOLD, keptFree);
#endif
}

}

ComputeScope::ComputeScope()
{
    static const bool allocatorReady = (keepFreedMemoryMapped(), true);
    static_cast<void>(allocatorReady);
    // libtorch initialises its counts per thread.
    thread_local const bool done = (keepLibrariesSingleThreaded(), true);
    static_cast<void>(done);
}

}
