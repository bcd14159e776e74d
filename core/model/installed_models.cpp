#include "core/model/installed_models.h"

#include "core/base/error.h"
#include "core/base/hugging_face_cache.h"
#include "core/base/paths.h"
#include "core/model/families/family.h"

#include <algorithm>

namespace tiller {

namespace fs = std::filesystem;

namespace {

bool isWeights(const fs::path& file)
{
    const auto extension = file.extension();
    return extension == ".safetensors" || extension == ".bin" || extension == ".pth";
}

// Parts of one model, and the towers that see and hear, are no models by themselves.
bool isWholeGguf(const fs::path& file)
{
    const std::string name = file.filename().string();
    return file.extension() == ".gguf" && !name.starts_with("mmproj")
        && name.find("-of-") == std::string::npos;
}

class Search {
public:
    explicit Search(const CancelToken& cancel)
        : m_cancel(cancel)
    {
    }

    /// The model that a folder is, and the GGUF files in it.
    void look(const fs::path& folder, const std::string& folderTitle, bool cached)
    {
        bool hasConfig = false;
        bool hasWeights = false;
        std::error_code error;
        for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
             entry.increment(error)) {
            const fs::path& file = entry->path();
            hasConfig |= file.filename() == "config.json";
            hasWeights |= isWeights(file);
            if (isWholeGguf(file))
                add((cached ? folderTitle + "/" : "") + file.stem().string(), file, cached);
        }
        if (hasConfig && hasWeights)
            add(folderTitle, folder, cached);
    }

    std::vector<InstalledModel> take()
    {
        std::ranges::sort(m_found, {}, &InstalledModel::title);
        return std::move(m_found);
    }

private:
    void add(const std::string& title, const fs::path& path, bool cached)
    {
        m_cancel.check();
        InstalledModel model{title, path, cached, {}};
        try {
            readConfig(*Checkpoint::open(path));
        } catch (const Error& error) {
            model.problem = error.what();
        }
        m_found.push_back(std::move(model));
    }

    const CancelToken& m_cancel;
    std::vector<InstalledModel> m_found;
};

}

std::vector<InstalledModel> installedModels(const CancelToken& cancel)
{
    Search search(cancel);
    const fs::path own = userDataFolder() / "models";
    search.look(own, {}, false);
    std::error_code error;
    for (auto entry = fs::directory_iterator(own, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        std::error_code unreadable;
        if (entry->is_directory(unreadable))
            search.look(entry->path(), entry->path().filename().string(), false);
    }
    for (const CachedRepository& repository : cachedRepositories())
        search.look(repository.snapshot, repository.name, true);
    return search.take();
}

}
