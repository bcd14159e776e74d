#pragma once

#include "core/tokenizer/pipeline/vocabulary.h"

namespace tiller {

/// Turns a piece of text into ids. Immutable; any thread.
class SegmentationModel {
public:
    explicit SegmentationModel(Vocabulary vocabulary)
        : m_vocabulary(std::move(vocabulary))
    {
    }
    virtual ~SegmentationModel() = default;

    virtual void encode(std::string_view piece, std::vector<TokenId>& ids) const = 0; ///< appends
    const Vocabulary& vocabulary() const { return m_vocabulary; }

private:
    Vocabulary m_vocabulary;
};

}
