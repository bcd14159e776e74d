#include "core/base/error.h"
#include "core/io/gguf.h"
#include "core/io/text.h"
#include "core/tokenizer/open_internal.h"
#include "core/tokenizer/pipeline/byte_pair_model.h"
#include "core/tokenizer/pipeline/pipeline_tokenizer.h"
#include "core/tokenizer/pre_names.h"

namespace tiller {

namespace {

std::unique_ptr<const SegmentationModel> makeModel(
    const GgufFile& file, const PreName& name, const std::string& where)
{
    const auto& tokens = *file.getStrings("tokenizer.ggml.tokens");
    Vocabulary::Entries entries;
    for (size_t i = 0; i < tokens.size(); ++i)
        entries.emplace_back(tokens[i], static_cast<int64_t>(i));
    BytePairModel::Options options;
    options.ignoreMerges = name.ignoresMerges;
    auto model = std::make_unique<BytePairModel>(Vocabulary(std::move(entries), where + ".tokens"), options);
    const auto* merges = file.getStrings("tokenizer.ggml.merges");
    if (!merges)
        throw Error(where + ".merges is missing");
    for (const std::string& merge : *merges) {
        const size_t space = merge.find(' ', 1);
        if (space == std::string::npos || space + 1 == merge.size())
            throw Error(where + ".merges has " + inQuotes(merge) + ", which is not two tokens");
        const std::string_view text = merge;
        model->addMerge(text.substr(0, space), text.substr(space + 1), where + ".merges");
    }
    return model;
}

}

std::shared_ptr<const Tokenizer> openByteLevelGguf(const GgufFile& file)
{
    const std::string where = file.path().string() + ": tokenizer.ggml";
    const std::string pre = file.getString("tokenizer.ggml.pre").value_or("default");
    const PreName* name = findPreName(pre);
    if (!name)
        throw Error(where + ".pre is " + inQuotes(pre) + ", a pre-tokenizer that is not supported");

    PipelineTokenizer::Parts parts;
    parts.kind = "byte-level BPE (" + pre + ")";
    parts.added = ggufAddedTokens(file, ggufTokenTypes(file));
    parts.model = makeModel(file, *name, where);
    parts.preTokenizer = makeByteLevelPreTokenizer(name->expressions);
    parts.decoder = makeByteLevelDecoder();
    parts.affixes = ggufAffixes(file, name->addsBos);

    auto tokenizer = std::make_shared<PipelineTokenizer>(std::move(parts));
    tokenizer->setBounds(ggufTextBounds(file, *tokenizer));
    return tokenizer;
}

}
