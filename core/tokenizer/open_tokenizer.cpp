#include "core/base/error.h"
#include "core/io/gguf.h"
#include "core/io/mapped_file.h"
#include "core/io/text.h"
#include "core/tokenizer/open_internal.h"

namespace tiller {

namespace {

// The first bytes tell: a JSON object, GGUF's magic, or else SentencePiece's protocol buffer.
std::string_view firstBytes(const MappedFile& file)
{
    const auto bytes = file.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 64)};
}

}

std::shared_ptr<const Tokenizer> openTokenizer(const std::filesystem::path& path)
{
    if (std::filesystem::is_directory(path)) {
        for (const char* name : {"tokenizer.json", "tokenizer.model"}) {
            if (std::filesystem::exists(path / name))
                return openTokenizer(path / name);
        }
        throw Error(path.string() + " has neither tokenizer.json nor tokenizer.model",
            "Put the tokenizer's files beside the weights.");
    }

    const auto file = MappedFile::open(path);
    const std::string_view start = firstBytes(*file);
    if (start.empty())
        throw Error(path.string() + " is empty");
    if (start.starts_with("GGUF"))
        return openTokenizer(GgufFile::open(path));
    const size_t text = start.find_first_not_of(" \t\r\n");
    const bool isJson = (text != std::string_view::npos && start[text] == '{') || path.extension() == ".json";
    return isJson ? openTokenizerJson(path) : openSentencePieceModel(path);
}

std::shared_ptr<const Tokenizer> openTokenizer(const GgufFile& file)
{
    const auto model = file.getString("tokenizer.ggml.model");
    if (!model)
        throw Error(file.path().string() + " holds no tokenizer: tokenizer.ggml.model is missing");
    if (*model != "gpt2" && *model != "llama")
        throw Error(file.path().string() + ": tokenizer.ggml.model is " + inQuotes(*model)
            + ", which is not supported");
    checkGgufVocabulary(file);
    return *model == "gpt2" ? openByteLevelGguf(file) : openSentencePieceGguf(file);
}

}
