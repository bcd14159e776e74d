#include "core/base/error.h"
#include "core/io/gguf.h"
#include "core/io/text.h"
#include "core/tokenizer/open_internal.h"
#include "core/tokenizer/pipeline/pipeline_tokenizer.h"
#include "core/tokenizer/pipeline/scored_pair_model.h"

#include <cmath>
#include <limits>

namespace tiller {

namespace {

std::unique_ptr<const SegmentationModel> makeModel(
    const GgufFile& file, const std::vector<GgufTokenType>& types, const std::string& where)
{
    const auto& tokens = *file.getStrings("tokenizer.ggml.tokens");
    const auto* stored = file.getFloats("tokenizer.ggml.scores");
    if (!stored || stored->size() != tokens.size())
        throw Error(where + ".scores has " + std::to_string(stored ? stored->size() : 0) + " entries for "
            + std::to_string(tokens.size()) + " tokens");

    Vocabulary::Entries entries;
    std::vector<float> scores;
    std::optional<TokenId> unknown;
    for (size_t i = 0; i < tokens.size(); ++i) {
        const auto score = static_cast<float>((*stored)[i]);
        if (!std::isfinite(score))
            throw Error(where + ".scores has no finite number for token " + std::to_string(i));
        if (types[i] == GgufTokenType::Byte && !byteOfPiece(tokens[i]))
            throw Error(where + ".tokens: token " + std::to_string(i) + " is of the type byte, but is called "
                + inQuotes(tokens[i]));
        if (types[i] == GgufTokenType::Unknown && !unknown)
            unknown = static_cast<TokenId>(i);
        const bool isText = types[i] != GgufTokenType::Control && types[i] != GgufTokenType::Unknown
            && types[i] != GgufTokenType::Byte;
        entries.emplace_back(tokens[i], static_cast<int64_t>(i));
        scores.push_back(isText ? score : -std::numeric_limits<float>::infinity());
    }
    return std::make_unique<ScoredPairModel>(
        Vocabulary(std::move(entries), where + ".tokens"), std::move(scores), unknown);
}

// Spaces become U+2581, and each stretch of text between special tokens gets one in front.
std::unique_ptr<const Normalizer> makeNormalizer(bool addsSpace, const std::string& where)
{
    nlohmann::json steps = nlohmann::json::array();
    if (addsSpace)
        steps.push_back({{"type", "Prepend"}, {"prepend", "\u2581"}});
    steps.push_back({{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "\u2581"}});
    const nlohmann::json sequence = {{"type", "Sequence"}, {"normalizers", steps}};
    return readNormalizer(JsonField(sequence, where));
}

std::unique_ptr<const Decoder> makeDecoder(bool addsSpace, const std::string& where)
{
    nlohmann::json steps = {{{"type", "Replace"}, {"pattern", {{"String", "\u2581"}}}, {"content", " "}},
        {{"type", "ByteFallback"}}, {{"type", "Fuse"}}};
    if (addsSpace)
        steps.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
    const nlohmann::json sequence = {{"type", "Sequence"}, {"decoders", steps}};
    return readDecoder(JsonField(sequence, where));
}

}

std::shared_ptr<const Tokenizer> openSentencePieceGguf(const GgufFile& file)
{
    const std::string where = file.path().string() + ": tokenizer.ggml";
    const auto types = ggufTokenTypes(file);
    const bool addsSpace = file.getBool("tokenizer.ggml.add_space_prefix").value_or(true);

    PipelineTokenizer::Parts parts;
    parts.kind = "SentencePiece BPE";
    parts.added = ggufAddedTokens(file, types);
    parts.normalizer = makeNormalizer(addsSpace, where);
    parts.model = makeModel(file, types, where);
    parts.decoder = makeDecoder(addsSpace, where);
    parts.affixes = ggufAffixes(file, true);

    auto tokenizer = std::make_shared<PipelineTokenizer>(std::move(parts));
    tokenizer->setBounds(ggufTextBounds(file, *tokenizer));
    return tokenizer;
}

}
