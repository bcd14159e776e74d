#include "core/io/mapped_file.h"
#include "core/tokenizer/open_internal.h"
#include "core/tokenizer/sentencepiece_tokenizer.h"

namespace tiller {

namespace {

std::vector<TokenId> listOf(bool wanted, std::optional<TokenId> id)
{
    return wanted && id ? std::vector{*id} : std::vector<TokenId>();
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

}
