#include "core/tokenizer/sentencepiece_tokenizer.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/tokenizer/pipeline/vocabulary.h"
#include "core/tokenizer/utf8_stream.h"

#include <cmath>
#include <sentencepiece_processor.h>

namespace tiller {

namespace {

constexpr std::string_view s_space = "\u2581";

void check(const sentencepiece::util::Status& status, const std::string& where)
{
    if (!status.ok())
        throw Error(where + ": sentencepiece says: " + status.error_message());
}

}

struct SentencePieceTokenizer::Library {
    sentencepiece::SentencePieceProcessor processor;

    std::vector<int> encode(std::string_view text) const
    {
        std::vector<int> ids;
        check(processor.Encode(text, &ids), "the text cannot be encoded");
        return ids;
    }

    std::string normalize(std::string_view text) const
    {
        std::string normalized;
        check(processor.Normalize(text, &normalized), "the text cannot be normalized");
        return normalized;
    }

    std::string decode(const std::vector<int>& ids) const
    {
        std::string text;
        check(processor.Decode(ids, &text), "the tokens cannot be decoded");
        return text;
    }
};

SentencePieceTokenizer::SentencePieceTokenizer(std::string_view model, const std::string& where)
    : m_library(std::make_unique<Library>())
{
    const SentencePieceFacts facts = checkSentencePieceModel(model, where);
    m_kind = facts.isUnigram ? "SentencePiece Unigram" : "SentencePiece BPE";
    constexpr int fatalOnly = 3; // the reason comes with the status; standard error is not ours to write to
    sentencepiece::SetMinLogLevel(fatalOnly);
    check(m_library->processor.LoadFromSerializedProto(model), where);
    if (facts.isUnigram)
        addUnigram(facts, where);
}

void SentencePieceTokenizer::addUnigram(const SentencePieceFacts& facts, const std::string& where)
{
    const auto& processor = m_library->processor;
    Vocabulary::Entries entries;
    std::vector<double> scores;
    for (int id = 0; id < processor.GetPieceSize(); ++id) {
        entries.emplace_back(processor.IdToPiece(id), id);
        const bool isCandidate = !processor.IsControl(id) && !processor.IsUnknown(id) && !processor.IsByte(id)
            && !processor.IsUnused(id);
        scores.push_back(isCandidate ? static_cast<double>(processor.GetScore(id)) : -HUGE_VAL);
    }
    // So that they win against whatever they could be cut into (sentencepiece 0.2.3, src/unigram_model.cc).
    for (const TokenId id : facts.userDefined) {
        const auto length = static_cast<double>(processor.IdToPiece(id).size());
        scores[static_cast<size_t>(id)] = static_cast<double>(static_cast<float>(0.1 * (length - 1)));
    }
    m_unigram = std::make_unique<UnigramModel>(Vocabulary(std::move(entries), where), std::move(scores),
        UnigramModel::Options{.rules = UnigramModel::Rules::SentencePiece,
            .unknown = processor.unk_id(),
            .byteFallback = facts.hasByteFallback});
}

SentencePieceTokenizer::~SentencePieceTokenizer() = default;

void SentencePieceTokenizer::configure(Options options)
{
    m_options = std::move(options);
    m_isWritten.assign(vocabularySize(), false);
    std::vector<AddedToken> tokens;
    for (const TokenId id : m_options.writtenControls) {
        m_isWritten[static_cast<size_t>(id)] = true;
        AddedToken token;
        token.id = id;
        token.content = piece(id);
        token.special = true;
        tokens.push_back(std::move(token));
    }
    m_controls.emplace(std::move(tokens));
}

std::vector<TokenId> SentencePieceTokenizer::controls() const
{
    std::vector<TokenId> ids;
    const auto& processor = m_library->processor;
    for (int id = 0; id < processor.GetPieceSize(); ++id) {
        if (processor.IsControl(id) || processor.IsUnknown(id))
            ids.push_back(id);
    }
    return ids;
}

std::optional<TokenId> SentencePieceTokenizer::ownBos() const
{
    const int id = m_library->processor.bos_id();
    return id < 0 ? std::nullopt : std::optional<TokenId>(id);
}

std::optional<TokenId> SentencePieceTokenizer::ownEos() const
{
    const int id = m_library->processor.eos_id();
    return id < 0 ? std::nullopt : std::optional<TokenId>(id);
}

std::vector<TokenId> SentencePieceTokenizer::encode(std::string_view text, const EncodeOptions& options) const
{
    if (!isUtf8(text)) // the library would put one U+FFFD for each byte
        return encode(sanitizeUtf8(text), options);
    std::vector<TokenId> ids;
    const auto append
        = [&](const std::vector<TokenId>& more) { ids.insert(ids.end(), more.begin(), more.end()); };
    if (options.addSpecial)
        append(m_options.affixes.prefix);
    for (const Segment& segment : m_controls->split(text, options.parseSpecial)) {
        if (segment.token)
            ids.push_back(*segment.token);
        else
            append(encodeText(segment.range.of(text)));
    }
    if (options.addSpecial)
        append(m_options.affixes.suffix);
    return ids;
}

std::vector<TokenId> SentencePieceTokenizer::encodeText(std::string_view text) const
{
    if (!m_unigram)
        return m_library->encode(text);
    std::vector<TokenId> ids;
    m_unigram->encode(m_library->normalize(text), ids);
    return ids;
}

std::string SentencePieceTokenizer::decode(std::span<const TokenId> ids, bool skipSpecial) const
{
    std::string text;
    std::vector<int> run; // between written controls: the library takes the dummy space off its start
    for (const TokenId id : ids) {
        checkRange(id);
        if (skipSpecial && isSpecial(id))
            continue;
        if (!m_isWritten[static_cast<size_t>(id)]) {
            run.push_back(id);
            continue;
        }
        text += m_library->decode(run) + piece(id);
        run.clear();
    }
    return text += m_library->decode(run);
}

void SentencePieceTokenizer::checkRange(TokenId id) const
{
    if (id < 0 || static_cast<size_t>(id) >= vocabularySize())
        throw Error("token id " + std::to_string(id) + " is outside the vocabulary of "
            + std::to_string(vocabularySize()) + " tokens");
}

std::string SentencePieceTokenizer::bytesOf(TokenId id) const
{
    std::string text = piece(id);
    const auto& processor = m_library->processor;
    if (m_isWritten[static_cast<size_t>(id)])
        return text;
    if (processor.IsControl(id))
        return {};
    if (processor.IsByte(id))
        return std::string(1, static_cast<char>(byteOfPiece(text).value_or(0)));
    if (processor.IsUnknown(id))
        return m_library->decode({id});
    for (size_t at = text.find(s_space); at != std::string::npos; at = text.find(s_space, at + 1))
        text.replace(at, s_space.size(), " ");
    return text;
}

std::string SentencePieceTokenizer::piece(TokenId id) const
{
    checkRange(id);
    return m_library->processor.IdToPiece(id);
}

std::optional<TokenId> SentencePieceTokenizer::find(std::string_view piece) const
{
    const auto& processor = m_library->processor;
    const int id = processor.PieceToId(piece);
    return id >= 0 && processor.IdToPiece(id) == piece ? std::optional<TokenId>(id) : std::nullopt;
}

size_t SentencePieceTokenizer::vocabularySize() const
{
    return static_cast<size_t>(m_library->processor.GetPieceSize());
}

bool SentencePieceTokenizer::isSpecial(TokenId id) const
{
    checkRange(id);
    return m_library->processor.IsControl(id) || m_isWritten[static_cast<size_t>(id)];
}

}
