#include "core/io/json.h"
#include "core/io/text.h"
#include "core/tokenizer/open_internal.h"
#include "core/tokenizer/pipeline/byte_pair_model.h"
#include "core/tokenizer/pipeline/pipeline_tokenizer.h"
#include "core/tokenizer/pipeline/unigram_model.h"

#include <algorithm>

namespace tiller {

namespace {

std::pair<std::string, std::string> readMerge(const JsonField& list, size_t index)
{
    const nlohmann::json& merge = list.value()[index];
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
        return {merge[0].get<std::string>(), merge[1].get<std::string>()};
    if (merge.is_string()) {
        const auto& text = merge.get_ref<const std::string&>();
        const size_t space = text.find(' ');
        if (space != std::string::npos && text.find(' ', space + 1) == std::string::npos)
            return {text.substr(0, space), text.substr(space + 1)};
    }
    list.fail("has an entry that is not two tokens: number " + std::to_string(index));
}

std::unique_ptr<const SegmentationModel> readBytePairModel(const JsonField& field)
{
    if (const auto dropout = field.find("dropout"); dropout && dropout->number() > 0)
        dropout->fail("is set, which is not supported");

    const JsonField vocabularyField = field.at("vocab");
    if (!vocabularyField.value().is_object())
        vocabularyField.fail("is not an object");
    Vocabulary::Entries entries;
    for (const auto& [piece, id] : vocabularyField.value().items()) {
        const bool isSmall
            = id.is_number_integer() && id.get<int64_t>() >= 0 && id.get<int64_t>() <= INT32_MAX;
        if (!isSmall)
            vocabularyField.fail("gives " + inQuotes(piece) + " an id that is not a token id");
        entries.emplace_back(piece, id.get<int64_t>());
    }
    Vocabulary vocabulary(std::move(entries), vocabularyField.where());

    BytePairModel::Options options;
    options.fuseUnknown = field.boolean("fuse_unk", false);
    options.byteFallback = field.boolean("byte_fallback", false);
    options.ignoreMerges = field.boolean("ignore_merges", false);
    options.continuingPrefix = field.string("continuing_subword_prefix", "");
    options.endSuffix = field.string("end_of_word_suffix", "");
    if (const auto unknown = field.find("unk_token")) {
        options.unknown = vocabulary.find(unknown->string());
        if (!options.unknown)
            unknown->fail("is " + inQuotes(unknown->string()) + ", which the vocabulary does not have");
    }

    auto model = std::make_unique<BytePairModel>(std::move(vocabulary), std::move(options));
    const JsonField merges = field.at("merges");
    if (!merges.value().is_array())
        merges.fail("is not a list");
    for (size_t i = 0; i < merges.value().size(); ++i) {
        const auto [left, right] = readMerge(merges, i);
        model->addMerge(left, right, merges.where());
    }
    return model;
}

std::unique_ptr<const SegmentationModel> readUnigramModel(const JsonField& field)
{
    Vocabulary::Entries entries;
    std::vector<double> scores;
    for (const JsonField& entry : field.at("vocab").items()) {
        const auto pair = entry.items();
        if (pair.size() != 2)
            entry.fail("is not a token and its score");
        entries.emplace_back(pair[0].string(), static_cast<int64_t>(entries.size()));
        scores.push_back(pair[1].number());
    }
    if (entries.empty())
        field.at("vocab").fail("is empty");
    UnigramModel::Options options;
    options.byteFallback = field.boolean("byte_fallback", false);
    if (const auto unknown = field.find("unk_id")) {
        const int64_t id = unknown->integer();
        if (id < 0 || id >= static_cast<int64_t>(entries.size()))
            unknown->fail("is " + std::to_string(id) + ", outside the vocabulary");
        options.unknown = static_cast<TokenId>(id);
    }
    return std::make_unique<UnigramModel>(
        Vocabulary(std::move(entries), field.at("vocab").where()), std::move(scores), options);
}

std::unique_ptr<const SegmentationModel> readModel(const JsonField& field)
{
    // The first versions of the format left the type out of BPE models.
    const std::string type = field.string("type", field.find("merges") ? "BPE" : "");
    if (type == "BPE")
        return readBytePairModel(field);
    if (type == "Unigram")
        return readUnigramModel(field);
    field.fail("has the type " + inQuotes(type) + ", which is not supported");
}

std::vector<AddedToken> readAddedTokens(const JsonField& list, const Vocabulary& vocabulary)
{
    std::vector<AddedToken> tokens;
    const auto items = list.items();
    const int64_t limit = static_cast<int64_t>(vocabulary.size() + 2 * items.size()) + 65536;
    for (const JsonField& item : items) {
        AddedToken token;
        const int64_t id = item.at("id").integer();
        token.content = item.at("content").string();
        if (id < 0 || id >= limit)
            item.at("id").fail("is " + std::to_string(id) + ", out of range");
        if (token.content.size() > s_longestPiece)
            item.at("content").fail("is " + std::to_string(token.content.size()) + " bytes long");
        token.id = static_cast<TokenId>(id);
        const bool isInModel
            = static_cast<size_t>(id) < vocabulary.size() && !vocabulary.piece(token.id).empty();
        if (isInModel && vocabulary.piece(token.id) != token.content)
            item.at("id").fail("is " + std::to_string(id) + ", the id of another token of the vocabulary");
        token.singleWord = item.boolean("single_word", false);
        token.leftStrip = item.boolean("lstrip", false);
        token.rightStrip = item.boolean("rstrip", false);
        token.special = item.boolean("special", false);
        token.normalized = item.boolean("normalized", !token.special);
        tokens.push_back(std::move(token));
    }
    std::vector<TokenId> ids;
    for (const AddedToken& token : tokens)
        ids.push_back(token.id);
    std::ranges::sort(ids);
    if (const auto twice = std::ranges::adjacent_find(ids); twice != ids.end())
        list.fail("has two tokens with the id " + std::to_string(*twice));
    return tokens;
}

std::optional<TokenId> findToken(
    const PipelineTokenizer::Parts& parts, const std::optional<std::string>& piece)
{
    if (!piece)
        return std::nullopt;
    const auto added = std::ranges::find(parts.added, *piece, &AddedToken::content);
    return added != parts.added.end() ? added->id : parts.model->vocabulary().find(*piece);
}

// BOS and EOS as the tokenizer's class puts them around a text; as before where it names none that exists.
void applyRoles(PipelineTokenizer::Parts& parts, const TokenRoles& roles)
{
    const bool addsBos = roles.addsBos.value_or(*roles.classAddsBos);
    const bool addsEos = roles.addsEos.value_or(false);
    const auto bos = findToken(parts, roles.bosPiece);
    const auto eos = findToken(parts, roles.eosPiece);
    if ((addsBos && !bos) || (addsEos && !eos))
        return;
    parts.affixes = {};
    if (addsBos)
        parts.affixes.prefix.push_back(*bos);
    if (addsEos)
        parts.affixes.suffix.push_back(*eos);
}

std::string kindOf(const JsonField& file)
{
    if (file.at("model").string("type", "BPE") == "Unigram")
        return "Unigram";
    const auto decoder = file.find("decoder");
    const bool isByteLevel = decoder && decoder->string("type", "") == "ByteLevel";
    return isByteLevel ? "byte-level BPE" : "SentencePiece BPE";
}

}

std::shared_ptr<const Tokenizer> openTokenizerJson(const std::filesystem::path& path)
{
    const nlohmann::json json = readJson(path);
    const JsonField file(json, path.string());

    PipelineTokenizer::Parts parts;
    parts.model = readModel(file.at("model"));
    parts.kind = kindOf(file);
    size_t size = parts.model->vocabulary().size();
    if (const auto added = file.find("added_tokens"))
        parts.added = readAddedTokens(*added, parts.model->vocabulary());
    for (const AddedToken& token : parts.added)
        size = std::max(size, static_cast<size_t>(token.id) + 1);
    if (size == 0)
        file.at("model").at("vocab").fail("is empty");
    if (const auto normalizer = file.find("normalizer"))
        parts.normalizer = readNormalizer(*normalizer);
    if (const auto preTokenizer = file.find("pre_tokenizer"))
        parts.preTokenizer = readPreTokenizer(*preTokenizer);
    if (const auto postProcessor = file.find("post_processor"))
        parts.affixes = readPostProcessor(*postProcessor, size);
    const TokenRoles roles = readTokenRoles(path.parent_path());
    if (roles.classAddsBos)
        applyRoles(parts, roles);
    if (const auto decoder = file.find("decoder"))
        parts.decoder = readDecoder(*decoder);

    auto tokenizer = std::make_shared<PipelineTokenizer>(std::move(parts));
    TextBounds bounds = findTextBounds(*tokenizer, roles);
    if (!bounds.bos && !tokenizer->affixes().prefix.empty())
        bounds.bos = tokenizer->affixes().prefix.front();
    tokenizer->setBounds(std::move(bounds));
    return tokenizer;
}

}
