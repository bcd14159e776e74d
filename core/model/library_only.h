#pragma once

namespace tiller {

/// While one lives, every model opened and run computes with libtorch's operations alone, as off the CPU:
/// for tests of that path on machines without a GPU. Process-wide; not while another thread computes.
class LibraryOnly {
public:
    LibraryOnly();
    ~LibraryOnly();
    LibraryOnly(const LibraryOnly&) = delete;
    LibraryOnly& operator=(const LibraryOnly&) = delete;

    static bool holds();
};

}
