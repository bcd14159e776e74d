#include "core/tokenizer/sentencepiece_checks.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/tokenizer/pipeline/charsmap.h"
#include "core/tokenizer/pipeline/vocabulary.h"
#include "core/tokenizer/protobuf.h"

#include <algorithm>
#include <bitset>
#include <cmath>

namespace tiller {

namespace {

enum ModelField : uint32_t { Pieces = 1, TrainerSpec = 2, NormalizerSpec = 3, DenormalizerSpec = 5 };
enum PieceType : uint64_t { UserDefined = 4, Byte = 6 };

// The library looks user-defined pieces up in a buffer of so many matches that start at one place.
constexpr size_t s_mostNested = 64;

class Check {
public:
    Check(std::string_view model, const std::string& where)
        : m_where(where)
    {
        forEachField(model, [&](const ProtobufField& field) {
            switch (field.number) {
            case Pieces:
                return piece(field.bytes);
            case TrainerSpec:
                return trainer(field.bytes);
            case NormalizerSpec:
            case DenormalizerSpec:
                return normalizer(field.bytes);
            default:
                return;
            }
        });
        if (m_count == 0)
            fail("it has no pieces");
        if (m_hasByteFallback && !m_bytes.all())
            fail("it falls back to bytes, but has pieces for " + std::to_string(m_bytes.count())
                + " of the 256 only");
        checkNesting();
    }

    SentencePieceFacts facts() const
    {
        if (m_modelType != 1 && m_modelType != 2)
            fail("its type is neither Unigram nor BPE, and is not supported");
        return {m_modelType == 1, m_hasByteFallback, m_userDefinedIds};
    }

private:
    [[noreturn]] void fail(const std::string& reason) const
    {
        throw Error(m_where + " is not a usable SentencePiece model: " + reason);
    }

    template <typename Visit>
    void forEachField(std::string_view message, Visit visit) const
    {
        ProtobufReader reader(message);
        while (const auto field = reader.next())
            visit(*field);
        if (reader.isDamaged())
            fail("it is damaged or cut short");
    }

    void piece(std::string_view message)
    {
        std::string_view text;
        float score = 0;
        uint64_t type = 1;
        forEachField(message, [&](const ProtobufField& field) {
            if (field.number == 1)
                text = field.bytes;
            else if (field.number == 2)
                score = field.asFloat();
            else if (field.number == 3)
                type = field.value;
        });
        const std::string name = "piece " + std::to_string(m_count++);
        if (text.empty())
            fail(name + " is empty");
        if (text.size() > s_longestPiece)
            fail(name + " is " + std::to_string(text.size()) + " bytes long");
        if (!isUtf8(text))
            fail(name + " is not UTF-8");
        if (!std::isfinite(score))
            fail(name + " has no finite score");
        if (type == UserDefined) {
            m_userDefined.push_back(text);
            m_userDefinedIds.push_back(static_cast<TokenId>(m_count - 1));
        }
        if (type != Byte)
            return;
        const auto byte = byteOfPiece(text);
        if (!byte)
            fail(name + " is of the type byte, but is called " + inQuotes(text));
        m_bytes.set(*byte);
    }

    void trainer(std::string_view message)
    {
        forEachField(message, [&](const ProtobufField& field) {
            if (field.number == 3)
                m_modelType = field.value;
            else if (field.number == 35)
                m_hasByteFallback = field.value != 0;
        });
    }

    void normalizer(std::string_view message)
    {
        forEachField(message, [&](const ProtobufField& field) {
            if (field.number == 2 && !field.bytes.empty())
                Charsmap(field.bytes, m_where);
        });
    }

    void checkNesting()
    {
        std::ranges::sort(m_userDefined);
        std::vector<std::string_view> nested; // each starts the next
        for (const std::string_view text : m_userDefined) {
            while (!nested.empty() && !text.starts_with(nested.back()))
                nested.pop_back();
            nested.push_back(text);
            if (nested.size() > s_mostNested)
                fail("more than " + std::to_string(s_mostNested) + " user-defined pieces start one another");
        }
    }

    const std::string& m_where;
    size_t m_count = 0;
    uint64_t m_modelType = 1;
    bool m_hasByteFallback = false;
    std::bitset<256> m_bytes;
    std::vector<std::string_view> m_userDefined;
    std::vector<TokenId> m_userDefinedIds;
};

}

SentencePieceFacts checkSentencePieceModel(std::string_view model, const std::string& where)
{
    return Check(model, where).facts();
}

}
