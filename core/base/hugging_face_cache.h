#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tiller {

// The cache that Hugging Face's tools download into. A repository ORG/NAME is the folder models--ORG--NAME;
// snapshots/HASH/ in it holds a revision, whose files are links into blobs/, and refs/main names the current
// one. Only directories are listed here, no file but refs/main is read.

/// $HF_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub or ~/.cache/huggingface/hub; may not exist.
std::filesystem::path huggingFaceCache();

struct CachedRepository {
    std::string name; ///< "ORG/NAME"
    std::filesystem::path snapshot; ///< of refs/main, else the newest
};

/// Every model repository with a snapshot, by name. A cache that cannot be read is empty.
std::vector<CachedRepository> cachedRepositories(const std::filesystem::path& cache = huggingFaceCache());

/// The snapshot to open of a folder models--ORG--NAME; every other path stays as it is. Error when such a
/// folder has no snapshot.
std::filesystem::path resolveSnapshot(const std::filesystem::path& path);

/// "ORG/NAME" of a repository's folder or a snapshot in it; empty for every other path.
std::string repositoryName(const std::filesystem::path& folder);

}
