#include "core/tokenizer/pipeline/post_processor.h"

#include "core/io/text.h"

namespace tiller {

namespace {

TokenId readId(const JsonField& field, size_t vocabularySize)
{
    const int64_t id = field.integer();
    if (id < 0 || id >= static_cast<int64_t>(vocabularySize))
        field.fail("is " + std::to_string(id) + ", outside the vocabulary of "
            + std::to_string(vocabularySize) + " tokens");
    return static_cast<TokenId>(id);
}

Affixes readTemplate(const JsonField& field, size_t vocabularySize)
{
    Affixes result;
    int sequences = 0;
    for (const JsonField& item : field.at("single").items()) {
        if (item.find("Sequence")) {
            ++sequences;
            continue;
        }
        const std::string name = item.at("SpecialToken").at("id").string();
        for (const JsonField& id : field.at("special_tokens").at(name).at("ids").items())
            (sequences == 0 ? result.prefix : result.suffix).push_back(readId(id, vocabularySize));
    }
    if (sequences != 1)
        field.at("single").fail("does not hold the text exactly once");
    return result;
}

}

Affixes readPostProcessor(const JsonField& field, size_t vocabularySize)
{
    const std::string type = field.at("type").string();
    if (type == "ByteLevel") // moves offsets only
        return {};
    if (type == "TemplateProcessing")
        return readTemplate(field, vocabularySize);
    if (type == "RobertaProcessing" || type == "BertProcessing") {
        const auto id = [&](const std::string& key) {
            const auto pair = field.at(key).items();
            if (pair.size() != 2)
                field.at(key).fail("is not a token and its id");
            return readId(pair[1], vocabularySize);
        };
        return {{id("cls")}, {id("sep")}};
    }
    if (type == "Sequence") {
        Affixes result;
        for (const JsonField& step : field.at("processors").items()) {
            const Affixes outer = readPostProcessor(step, vocabularySize);
            result.prefix.insert(result.prefix.begin(), outer.prefix.begin(), outer.prefix.end());
            result.suffix.insert(result.suffix.end(), outer.suffix.begin(), outer.suffix.end());
        }
        return result;
    }
    field.fail("has the type " + inQuotes(type) + ", a post-processor that is not supported");
}

}
