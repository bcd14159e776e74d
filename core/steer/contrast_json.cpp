#include "core/base/error.h"
#include "core/io/json.h"
#include "core/io/text.h"
#include "core/steer/contrast_internal.h"

#include <nlohmann/json.hpp>

namespace tiller {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// The first of `names` that the item has and that is not null. The second names are CAA's.
const json* member(const json& item, std::initializer_list<const char*> names)
{
    for (const char* name : names)
        if (const auto found = item.find(name); found != item.end() && !found->is_null())
            return &*found;
    return nullptr;
}

ContrastText textFromJson(const json& value, const std::string& what)
{
    if (value.is_string())
        return {value.get<std::string>(), {}};
    if (!value.is_array())
        throw Error(what + " must be text or a list of chat turns");
    try {
        return {{}, turnsFromJson(value)};
    } catch (const Error& error) {
        throw Error(what + ": " + error.what());
    }
}

ContrastText requiredText(const json* value, const std::string& what)
{
    if (!value)
        throw Error(what + " is missing");
    auto text = textFromJson(*value, what);
    if (text.empty())
        throw Error(what + " is empty");
    return text;
}

void addItem(const json& item, int line, ContrastBuilder& builder)
{
    if (!item.is_object()) {
        builder.fail(line, "must be an object");
        return;
    }
    try {
        if (const json* label = member(item, {"label"}); label || item.contains("text")) {
            if (!label || !label->is_number_integer() || (*label != 0 && *label != 1))
                throw Error("'label' must be 1 or 0");
            builder.add(
                line, LabelledExample{requiredText(member(item, {"text"}), "'text'"), label->get<int>()});
            return;
        }
        ContrastPair pair;
        pair.positive = requiredText(member(item, {"positive", "answer_matching_behavior"}), "'positive'");
        pair.negative
            = requiredText(member(item, {"negative", "answer_not_matching_behavior"}), "'negative'");
        if (const json* prompt = member(item, {"prompt", "question"}))
            pair.prompt = textFromJson(*prompt, "'prompt'");
        builder.add(line, std::move(pair));
    } catch (const Error& error) {
        builder.fail(line, error.what());
    }
}

void addItems(const json& items, const std::string& what, ContrastBuilder& builder)
{
    if (!items.is_array())
        throw Error(what + " must be a list");
    int number = 0;
    for (const json& item : items)
        addItem(item, ++number, builder);
}

void addUnpaired(const json& texts, int label, const char* side, ContrastBuilder& builder)
{
    int number = 0;
    for (const json& text : texts) {
        ++number;
        try {
            builder.add(number, LabelledExample{requiredText(&text, "the text"), label});
        } catch (const Error& error) {
            builder.fail(number, std::string("in '") + side + "': " + error.what());
        }
    }
}

void readName(const json& root, const char* key, const std::string& origin, std::string& target)
{
    const json* value = member(root, {key});
    if (!value)
        return;
    if (!value->is_string())
        throw Error(origin + ": '" + key + "' must be text");
    target = value->get<std::string>();
}

ordered_json toOrderedJson(const ContrastText& text)
{
    if (text.turns.empty())
        return text.text;
    auto turns = ordered_json::array();
    for (const ChatMessage& turn : text.turns)
        turns.push_back({{"role", turn.role}, {"content", turn.content}});
    return turns;
}

std::string dump(const ordered_json& value)
{
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}

std::vector<ChatMessage> turnsFromJson(const json& value)
{
    if (!value.is_array() || value.empty())
        throw Error("chat turns must be a list that is not empty");
    std::vector<ChatMessage> turns;
    for (const json& turn : value) {
        const auto field = [&](const char* key) {
            if (!turn.is_object() || !turn.contains(key) || !turn[key].is_string())
                throw Error("chat turn " + std::to_string(turns.size() + 1) + " has no text '" + key + "'");
            return turn[key].get<std::string>();
        };
        turns.push_back({field("role"), field("content")});
    }
    return turns;
}

std::string turnsToJson(const std::vector<ChatMessage>& turns)
{
    return dump(toOrderedJson({{}, turns}));
}

void readContrastJson(std::string_view text, const std::string& origin, ContrastBuilder& builder)
{
    const json root = parseJson(text, origin);
    if (root.is_array()) {
        addItems(root, origin, builder);
        return;
    }
    if (!root.is_object())
        throw Error(origin + ": must be an object or a list of items");

    auto& set = builder.result.set;
    readName(root, "name", origin, set.name);
    readName(root, "positive_label", origin, set.positiveLabel);
    readName(root, "negative_label", origin, set.negativeLabel);

    const json* pairs = member(root, {"pairs"});
    const json* labelled = member(root, {"labelled", "labeled"});
    const json* positive = member(root, {"positive"});
    const json* negative = member(root, {"negative"});
    if ((pairs != nullptr) + (labelled != nullptr) + (positive != nullptr || negative != nullptr) > 1)
        throw Error(origin + ": holds more than one of 'pairs', 'labelled' and 'positive' with 'negative'",
            "Keep one kind.");
    if (pairs) {
        addItems(*pairs, origin + ": 'pairs'", builder);
    } else if (labelled) {
        addItems(*labelled, origin + ": 'labelled'", builder);
    } else if (positive && negative && positive->is_array() && negative->is_array()) {
        addUnpaired(*positive, 1, "positive", builder);
        addUnpaired(*negative, 0, "negative", builder);
    } else if (positive || negative || root.contains("text")) {
        addItem(root, 1, builder);
    } else {
        throw Error(origin + ": holds none of 'pairs', 'labelled' and 'positive' with 'negative'");
    }
}

void readContrastJsonLines(std::string_view text, ContrastBuilder& builder)
{
    int line = 0;
    while (!text.empty()) {
        const std::string_view content = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(content.size() + 1, text.size()));
        ++line;
        if (content.find_first_not_of(" \t\r") == std::string_view::npos)
            continue;
        try {
            addItem(parseJson(content, "the line"), line, builder);
        } catch (const Error& error) {
            builder.fail(line, error.what());
        }
    }
}

std::string toJson(const ContrastSet& set)
{
    // One item a line, so that sets read and compare well as text.
    std::string out = "{\n";
    out += "  \"name\": " + dump(set.name) + ",\n";
    out += "  \"positive_label\": " + dump(set.positiveLabel) + ",\n";
    out += "  \"negative_label\": " + dump(set.negativeLabel) + ",\n";
    std::vector<std::string> items;
    for (const ContrastPair& pair : set.pairs) {
        ordered_json item;
        if (!pair.prompt.empty())
            item["prompt"] = toOrderedJson(pair.prompt);
        item["positive"] = toOrderedJson(pair.positive);
        item["negative"] = toOrderedJson(pair.negative);
        items.push_back(dump(item));
    }
    for (const LabelledExample& example : set.labelled)
        items.push_back(dump({{"text", toOrderedJson(example.text)}, {"label", example.label}}));

    out += set.labelled.empty() ? "  \"pairs\": [" : "  \"labelled\": [";
    for (size_t i = 0; i < items.size(); ++i)
        out += (i == 0 ? "\n    " : ",\n    ") + items[i];
    return out + (items.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

}
