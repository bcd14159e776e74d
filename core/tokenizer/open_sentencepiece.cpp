#include "core/base/error.h"
#include "core/io/gguf.h"
#include "core/io/mapped_file.h"
#include "core/tokenizer/open_internal.h"
#include "core/tokenizer/protobuf.h"
#include "core/tokenizer/sentencepiece_tokenizer.h"

#include <algorithm>
#include <set>

namespace tiller {

namespace {

std::vector<TokenId> listOf(bool wanted, std::optional<TokenId> id)
{
    return wanted && id ? std::vector{*id} : std::vector<TokenId>();
}

// A GGUF keeps the spaces of user-defined tokens as spaces; the library looks for them as U+2581.
std::string withSpaceMarks(std::string_view token)
{
    std::string result;
    for (const char c : token)
        result += c == ' ' ? std::string("\u2581") : std::string(1, c);
    return result;
}

// The ModelProto that the converter of the GGUF took tokens, scores and types from.
std::string modelProto(const GgufFile& file, const std::vector<GgufTokenType>& types)
{
    const auto& tokens = *file.getStrings("tokenizer.ggml.tokens");
    const auto& scores = *file.getFloats("tokenizer.ggml.scores");
    const std::set<std::string_view> names(tokens.begin(), tokens.end());
    ProtobufWriter model;
    for (size_t i = 0; i < tokens.size(); ++i) {
        std::string text = tokens[i];
        if (types[i] == GgufTokenType::UserDefined) {
            if (std::string marked = withSpaceMarks(text); !names.contains(marked))
                text = std::move(marked);
        }
        ProtobufWriter piece;
        piece.bytes(1, text);
        piece.real(2, static_cast<float>(scores[i]));
        piece.number(3, static_cast<int64_t>(types[i]));
        model.bytes(1, piece.message());
    }
    constexpr int bpe = 2;
    ProtobufWriter trainer;
    trainer.number(3, bpe);
    trainer.number(35, std::ranges::find(types, GgufTokenType::Byte) != types.end());
    model.bytes(2, trainer.message());

    ProtobufWriter normalizer;
    normalizer.bytes(1, "identity");
    normalizer.number(3, file.getBool("tokenizer.ggml.add_space_prefix").value_or(true));
    normalizer.number(4, file.getBool("tokenizer.ggml.remove_extra_whitespaces").value_or(false));
    normalizer.number(5, true); // spaces become U+2581
    model.bytes(3, normalizer.message());
    return model.message();
}

}

std::shared_ptr<const Tokenizer> openSentencePieceModel(const std::filesystem::path& path)
{
    const std::string where = path.string();
    const auto file = MappedFile::open(path);
    const std::string_view model(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
    SentencePieceTokenizer::Options options;
    auto tokenizer = std::make_shared<SentencePieceTokenizer>(model, where);

    // On its own a model behaves as the library does. In a checkpoint it is used with chat templates, which
    // write control symbols as text, and its configuration says what is added.
    const TokenRoles roles = readTokenRoles(path.parent_path());
    options.affixes.prefix = listOf(roles.addsBos.value_or(true), tokenizer->ownBos());
    options.affixes.suffix = listOf(roles.addsEos.value_or(!roles.isConfigured), tokenizer->ownEos());
    if (roles.isConfigured)
        options.writtenControls = tokenizer->controls();
    tokenizer->configure(std::move(options));

    TextBounds bounds = findTextBounds(*tokenizer, roles);
    if (!bounds.bos)
        bounds.bos = tokenizer->ownBos();
    if (roles.eosIds.empty() && !roles.eosPiece)
        bounds.endOfText = listOf(true, tokenizer->ownEos());
    tokenizer->setBounds(std::move(bounds));
    return tokenizer;
}

std::shared_ptr<const Tokenizer> openSentencePieceGguf(const GgufFile& file)
{
    const std::string where = file.path().string() + ": tokenizer.ggml";
    const size_t count = checkGgufVocabulary(file);
    const auto* scores = file.getFloats("tokenizer.ggml.scores");
    if (!scores || scores->size() != count)
        throw Error(where + ".scores has " + std::to_string(scores ? scores->size() : 0) + " entries for "
            + std::to_string(count) + " tokens");
    const std::string model = modelProto(file, ggufTokenTypes(file, count));
    SentencePieceTokenizer::Options options;
    auto tokenizer = std::make_shared<SentencePieceTokenizer>(model, where);

    const TextBounds bounds = ggufTextBounds(file, *tokenizer);
    const auto eos = file.getInt("tokenizer.ggml.eos_token_id");
    options.affixes.prefix = listOf(file.getBool("tokenizer.ggml.add_bos_token").value_or(true), bounds.bos);
    options.affixes.suffix = listOf(file.getBool("tokenizer.ggml.add_eos_token").value_or(false),
        eos ? std::optional(static_cast<TokenId>(*eos)) : std::nullopt);
    options.writtenControls = tokenizer->controls();
    tokenizer->configure(std::move(options));
    tokenizer->setBounds(bounds);
    return tokenizer;
}

}
