#include "core/tokenizer/pipeline/pipeline_tokenizer.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/tokenizer/utf8_stream.h"

#include <algorithm>

namespace tiller {

namespace {

// The added tokens of one kind, spelled as they stand in the text they are looked for in.
std::vector<AddedToken> select(const PipelineTokenizer::Parts& parts, bool normalized)
{
    std::vector<AddedToken> result;
    for (AddedToken token : parts.added) {
        if (token.normalized != normalized)
            continue;
        if (normalized && parts.normalizer)
            token.content = parts.normalizer->apply(std::move(token.content));
        result.push_back(std::move(token));
    }
    return result;
}

}

PipelineTokenizer::PipelineTokenizer(Parts parts)
    : m_parts(std::move(parts))
    , m_size(m_parts.model->vocabulary().size())
    , m_inText(select(m_parts, false))
    , m_inNormalizedText(select(m_parts, true))
{
    for (const AddedToken& token : m_parts.added) {
        m_size = std::max(m_size, static_cast<size_t>(token.id) + 1);
        m_addedById.emplace(token.id, &token);
        m_addedByContent.emplace(token.content, token.id);
    }
}

// One call of encode(): the ids so far, and where each word was encoded before.
class PipelineTokenizer::Encoding {
public:
    Encoding(const PipelineTokenizer& tokenizer, bool parseSpecial)
        : m_tokenizer(tokenizer)
        , m_parseSpecial(parseSpecial)
    {
    }

    void addText(std::string_view text)
    {
        for (const Segment& segment : m_tokenizer.m_inText.split(text, m_parseSpecial)) {
            if (segment.token)
                m_ids.push_back(*segment.token);
            else
                addUnnormalized(std::string(segment.range.of(text)), segment.range.begin == 0);
        }
    }

    void add(const std::vector<TokenId>& ids) { m_ids.insert(m_ids.end(), ids.begin(), ids.end()); }
    std::vector<TokenId> take() { return std::move(m_ids); }

private:
    void addUnnormalized(std::string text, bool startsText)
    {
        const Parts& parts = m_tokenizer.m_parts;
        if (parts.normalizer)
            text = parts.normalizer->apply(std::move(text));
        for (const Segment& segment : m_tokenizer.m_inNormalizedText.split(text, m_parseSpecial)) {
            if (segment.token) {
                m_ids.push_back(*segment.token);
                continue;
            }
            std::vector<Piece> pieces;
            pieces.push_back({std::string(segment.range.of(text)), startsText && segment.range.begin == 0});
            if (parts.preTokenizer)
                parts.preTokenizer->split(pieces);
            for (Piece& piece : pieces)
                addPiece(std::move(piece.text));
        }
    }

    void addPiece(std::string text)
    {
        constexpr size_t longestRemembered = 64;
        if (text.size() > longestRemembered)
            return m_tokenizer.m_parts.model->encode(text, m_ids);
        if (const auto known = m_words.find(text); known != m_words.end()) {
            const auto [begin, end] = known->second;
            for (size_t i = begin; i < end; ++i)
                m_ids.push_back(TokenId(m_ids[i]));
            return;
        }
        const size_t begin = m_ids.size();
        m_tokenizer.m_parts.model->encode(text, m_ids);
        m_words.emplace(std::move(text), TextRange{begin, m_ids.size()});
    }

    const PipelineTokenizer& m_tokenizer;
    bool m_parseSpecial;
    std::vector<TokenId> m_ids;
    std::unordered_map<std::string, TextRange> m_words; // ranges of m_ids
};

std::vector<TokenId> PipelineTokenizer::encode(std::string_view text, const EncodeOptions& options) const
{
    Encoding encoding(*this, options.parseSpecial);
    if (options.addSpecial)
        encoding.add(m_parts.affixes.prefix);
    if (isUtf8(text))
        encoding.addText(text);
    else
        encoding.addText(sanitizeUtf8(text));
    if (options.addSpecial)
        encoding.add(m_parts.affixes.suffix);
    return encoding.take();
}

std::string PipelineTokenizer::decode(std::span<const TokenId> ids, bool skipSpecial) const
{
    std::vector<std::string> tokens;
    tokens.reserve(ids.size());
    for (const TokenId id : ids) {
        if (std::string token = piece(id); !token.empty() && !(skipSpecial && isSpecial(id)))
            tokens.push_back(std::move(token));
    }
    const std::string_view separator = m_parts.decoder ? "" : " ";
    if (m_parts.decoder)
        tokens = m_parts.decoder->apply(std::move(tokens));
    std::string text;
    for (size_t i = 0; i < tokens.size(); ++i)
        text.append(i == 0 ? "" : separator).append(tokens[i]);
    return text;
}

const AddedToken* PipelineTokenizer::added(TokenId id) const
{
    if (id < 0 || static_cast<size_t>(id) >= m_size)
        throw Error("token id " + std::to_string(id) + " is outside the vocabulary of "
            + std::to_string(m_size) + " tokens");
    const auto found = m_addedById.find(id);
    return found == m_addedById.end() ? nullptr : found->second;
}

std::string PipelineTokenizer::piece(TokenId id) const
{
    if (const AddedToken* token = added(id))
        return token->content;
    const Vocabulary& vocabulary = m_parts.model->vocabulary();
    return static_cast<size_t>(id) < vocabulary.size() ? vocabulary.piece(id) : std::string();
}

std::string PipelineTokenizer::bytesOf(TokenId id) const
{
    std::string text = piece(id);
    return isSpecial(id) || !m_parts.decoder ? text : m_parts.decoder->bytesOf(std::move(text));
}

std::optional<TokenId> PipelineTokenizer::find(std::string_view piece) const
{
    const auto found = m_addedByContent.find(piece);
    return found != m_addedByContent.end() ? std::optional(found->second)
                                           : m_parts.model->vocabulary().find(piece);
}

bool PipelineTokenizer::isSpecial(TokenId id) const
{
    const AddedToken* token = added(id);
    return token && token->special;
}

}
