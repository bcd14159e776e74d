#include "core/io/checkpoint.h"

#include "core/base/error.h"
#include "core/io/text.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <nlohmann/json.hpp>

namespace tiller {

namespace fs = std::filesystem;

namespace {

constexpr auto s_single = "model.safetensors";
constexpr auto s_index = "model.safetensors.index.json";

class GgufCheckpoint final : public Checkpoint {
public:
    explicit GgufCheckpoint(const fs::path& path)
        : m_file(GgufFile::open(path))
        , m_config(nlohmann::json::object())
    {
    }

    Format format() const override { return Format::Gguf; }
    const fs::path& path() const override { return m_file.path(); }
    const TensorView* find(std::string_view name) const override { return m_file.find(name); }
    const nlohmann::json& config() const override { return m_config; }
    const GgufFile* gguf() const override { return &m_file; }
    void checkIntact() const override { m_file.file().checkIntact(); }
    void releasePages() const override { m_file.file().releasePages(); }
    uint64_t fileBytes() const override { return m_file.file().bytes().size(); }

    std::vector<const TensorView*> tensors() const override
    {
        std::vector<const TensorView*> all;
        for (const TensorView& tensor : m_file.tensors())
            all.push_back(&tensor);
        return all;
    }

private:
    GgufFile m_file;
    nlohmann::json m_config;
};

class FolderCheckpoint final : public Checkpoint {
public:
    explicit FolderCheckpoint(const fs::path& path)
        : m_path(path)
    {
        if (!fs::exists(path / "config.json"))
            failWithoutConfig();
        m_config = readJson(path / "config.json");
        if (!m_config.is_object())
            throw Error((path / "config.json").string() + ": is not a JSON object");
        refuseQuantised();

        if (fs::exists(path / s_single))
            openSingle();
        else if (fs::exists(path / s_index))
            openShards();
        else
            failWithoutWeights();
    }

    Format format() const override { return Format::HuggingFace; }
    const fs::path& path() const override { return m_path; }
    const nlohmann::json& config() const override { return m_config; }
    const GgufFile* gguf() const override { return nullptr; }

    void checkIntact() const override
    {
        for (const SafetensorsFile& shard : m_shards)
            shard.file().checkIntact();
    }
    void releasePages() const override
    {
        for (const SafetensorsFile& shard : m_shards)
            shard.file().releasePages();
    }
    uint64_t fileBytes() const override
    {
        uint64_t sum = 0;
        for (const SafetensorsFile& shard : m_shards)
            sum += shard.file().bytes().size();
        return sum;
    }

    const TensorView* find(std::string_view name) const override
    {
        const auto found = m_tensors.find(name);
        return found == m_tensors.end() ? nullptr : found->second;
    }

    std::vector<const TensorView*> tensors() const override
    {
        std::vector<const TensorView*> all;
        for (const auto& [name, tensor] : m_tensors)
            all.push_back(tensor);
        return all;
    }

private:
    void openSingle()
    {
        for (const TensorView& tensor :
            m_shards.emplace_back(SafetensorsFile::open(m_path / s_single)).tensors())
            m_tensors.emplace(tensor.name, &tensor);
    }

    void openShards()
    {
        const fs::path indexPath = m_path / s_index;
        const nlohmann::json index = readJson(indexPath);
        const auto fail = [&](const std::string& reason, const std::string& remedy = {}) {
            throw Error(indexPath.string() + ": " + reason, remedy);
        };
        const auto weightMap = index.is_object() ? index.find("weight_map") : index.end();
        if (weightMap == index.end() || !weightMap->is_object())
            fail("has no weight_map");

        std::map<std::string, const SafetensorsFile*> shards;
        for (const auto& [tensor, shard] : weightMap->items()) {
            const std::string name = shard.is_string() ? shard.get<std::string>() : std::string();
            if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos
                || name.find('\0') != std::string::npos)
                fail("tensor " + inQuotes(tensor) + " names the shard " + inQuotes(name)
                    + ", which is not the name of a file in this folder");
            if (!shards.contains(name)) {
                if (!fs::exists(m_path / name))
                    fail("names the shard " + inQuotes(name) + ", which is missing",
                        "Download the missing file.");
                shards[name] = &m_shards.emplace_back(SafetensorsFile::open(m_path / name));
            }
            const TensorView* view = shards[name]->find(tensor);
            if (!view)
                fail("says that " + inQuotes(name) + " holds the tensor " + inQuotes(tensor)
                    + ", which it does not");
            m_tensors.emplace(tensor, view);
        }
    }

    std::vector<std::string> fileNames() const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(m_path))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }

    /// What other tools quantised into tensors of their own making.
    void refuseQuantised() const
    {
        const auto found = m_config.find("quantization_config");
        if (found == m_config.end() || !found->is_object())
            return;
        const auto method = found->find("quant_method");
        std::string name = method != found->end() && method->is_string() ? method->get<std::string>() : "";
        if (name.empty() && (found->contains("load_in_4bit") || found->contains("load_in_8bit")))
            name = "bitsandbytes";
        throw Error(m_path.string() + ": is quantised with "
                + (name.empty() ? "an unnamed method" : inQuotes(name))
                + " (quantization_config in config.json), which cannot be read",
            "Open the model it was made from, or a GGUF file of it.");
    }

    [[noreturn]] void failWithoutConfig() const
    {
        const auto names = fileNames();
        refuseAdapter(names);
        refusePickled(names);
        std::string list;
        for (size_t i = 0; i < std::min<size_t>(names.size(), 5); ++i)
            list += (i ? ", " : "") + inQuotes(names[i]);
        if (names.size() > 5)
            list += " and " + std::to_string(names.size() - 5) + " more";
        const auto gguf = std::find_if(
            names.begin(), names.end(), [](const std::string& name) { return name.ends_with(".gguf"); });
        throw Error(
            m_path.string() + " has no config.json; " + (names.empty() ? "it is empty" : "it holds " + list),
            gguf != names.end() ? "Open the file " + inQuotes(*gguf) + " itself."
                                : "Choose the folder of a Hugging Face model (config.json and "
                                  "model.safetensors) or a .gguf file.");
    }

    [[noreturn]] void failWithoutWeights() const
    {
        const auto names = fileNames();
        refuseAdapter(names);
        refusePickled(names);
        throw Error(m_path.string() + ": has neither " + s_single + " nor " + s_index,
            "Download the model's weights into the folder (links into a cache may point at files that are "
            "not there).");
    }

    void refuseAdapter(const std::vector<std::string>& names) const
    {
        if (std::find(names.begin(), names.end(), "adapter_config.json") == names.end())
            return;
        const nlohmann::json adapter = readJson(m_path / "adapter_config.json");
        const auto base = adapter.is_object() ? adapter.find("base_model_name_or_path") : adapter.end();
        const std::string model
            = base != adapter.end() && base->is_string() ? " of " + inQuotes(base->get<std::string>()) : "";
        throw Error(m_path.string() + ": holds an adapter" + model + " (adapter_config.json), not a model",
            "Merge it into its model with peft, then open the merged folder: "
            "AutoPeftModelForCausalLM.from_pretrained(adapter).merge_and_unload().save_pretrained(merged).");
    }

    /// Pickles can carry programs: they are named, not opened.
    void refusePickled(const std::vector<std::string>& names) const
    {
        const auto isPickled = [](const std::string& name) {
            return (name.starts_with("pytorch_model") && name.ends_with(".bin")) || name.ends_with(".pth")
                || name.ends_with(".ckpt");
        };
        const auto found = std::find_if(names.begin(), names.end(), isPickled);
        if (found == names.end())
            return;
        const std::string cause = m_path.string() + ": holds its weights as " + inQuotes(*found)
            + " only, which can carry programs";
        if (!found->starts_with("pytorch_model"))
            throw Error(cause, "Download the model in Hugging Face's form, with model.safetensors.");
        const std::string folder
            = nlohmann::json(m_path.string()).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        throw Error(cause,
            "Convert it to safetensors once, in Python: from transformers import AutoModelForCausalLM; "
            "AutoModelForCausalLM.from_pretrained("
                + folder + ", torch_dtype=\"auto\").save_pretrained(" + folder
                + ", safe_serialization=True)");
    }

    fs::path m_path;
    nlohmann::json m_config;
    std::deque<SafetensorsFile> m_shards; // a deque: the views pointed to stay where they are
    std::map<std::string, const TensorView*, std::less<>> m_tensors;
};

[[noreturn]] void failSniffing(const fs::path& path, std::string_view head)
{
    std::string what = "neither a folder nor a GGUF file";
    std::string remedy = "Choose a Hugging Face model's folder or a .gguf file.";
    if (head.empty()) {
        what = "empty, not a model";
    } else if (head.starts_with("PK") || head.starts_with("\x80\x02")) {
        what = "a PyTorch or zip file, which can carry programs";
        remedy = "Convert the model to safetensors, then open its folder.";
    } else if (path.extension() == ".safetensors" || path.filename() == "config.json") {
        what = "one file of a model's folder";
        remedy = "Open the folder that holds it.";
    }
    throw Error(path.string() + ": is " + what, remedy);
}

}

namespace {

bool isLfsPointer(const fs::path& path)
{
    constexpr std::string_view mark = "version https://git-lfs";
    std::error_code error;
    const auto starts = [&](const fs::path& file) {
        std::string head(mark.size(), 0);
        std::ifstream stream(file, std::ios::binary);
        return stream.read(head.data(), static_cast<std::streamsize>(head.size())) && head == mark;
    };
    if (!fs::is_directory(path, error))
        return starts(path);
    for (const auto& entry : fs::directory_iterator(path, error))
        if (entry.path().extension() == ".safetensors" && starts(entry.path()))
            return true;
    return false;
}

// A reader names what is wrong with the bytes; for a model there is one thing to do about it.
template <typename Kind>
std::shared_ptr<const Checkpoint> whole(const fs::path& path)
{
    try {
        return std::make_shared<Kind>(path);
    } catch (const Error& error) {
        if (isLfsPointer(path))
            throw Error(path.string() + " holds Git LFS pointers in place of its large files",
                "Fetch the files themselves: git lfs pull.");
        throw Error(error.what(),
            error.remedy().empty() ? "The file is damaged or incomplete: download it again."
                                   : error.remedy());
    }
}

}

std::shared_ptr<const Checkpoint> Checkpoint::open(const fs::path& path)
{
    try {
        if (!fs::exists(path))
            throw Error(path.string() + ": does not exist", "Check the path.");
        if (fs::is_directory(path))
            return whole<FolderCheckpoint>(path);
    } catch (const fs::filesystem_error& error) {
        throw Error(path.string() + ": cannot be read: " + error.code().message());
    }

    const auto file = MappedFile::open(path);
    const auto bytes = file->bytes();
    const std::string_view head(
        reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 4));
    if (head != "GGUF")
        failSniffing(path, head);
    return whole<GgufCheckpoint>(path);
}

uint64_t Checkpoint::tensorBytes() const
{
    uint64_t total = 0;
    for (const TensorView* tensor : tensors())
        total += tensor->data.size();
    return total;
}

}
