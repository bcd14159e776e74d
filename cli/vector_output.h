#pragma once

#include "core/steer/vector_files.h"

#include <set>
#include <string>
#include <vector>

namespace tiller::cli {

/// Where a verb writes its vector. An earlier vector that stands there gives way, and stderr says so: the
/// same command can be run again. What the vector is made from does not, nor does anything that is no vector.
class VectorOutput {
public:
    /// `inputs` are the files that the vector is made from. Throws Error before there is any work.
    VectorOutput(std::string path, std::string format, const std::vector<std::string>& inputs);

    /// Error with the --layers to ask for where the layout cannot hold them. `shift` has been added to the
    /// layers that the user knows.
    void checkLayers(const std::set<int>& layers, int shift = 0) const;
    /// Throws Error.
    void write(const SteeringVector& vector, int shift = 0) const;

    const std::string& path() const { return m_path; }

private:
    std::string m_path;
    std::string m_format;
    bool m_replaces = false;
};

}
