#include "core/base/error.h"
#include "core/io/json.h"
#include "core/io/text.h"
#include "core/steer/contrast_internal.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tiller {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view s_roles[] = {"system", "developer", "user", "human", "assistant", "model", "tool",
    "function", "ipython", "observation"};

void refuseDuplicates(const json& object, const std::string& origin)
{
    if (const auto twice = object.find(s_duplicateKey); twice != object.end() && twice->is_string())
        throw Error(origin + "the key " + inQuotes(twice->get<std::string>()) + " stands twice");
}

// The first of `names` that the item has and that is not null. The second names are CAA's.
const json* member(const json& item, std::initializer_list<const char*> names)
{
    for (const char* name : names)
        if (const auto found = item.find(name); found != item.end() && !found->is_null())
            return &*found;
    return nullptr;
}

std::string stringFromJson(const json& value, const std::string& what)
{
    if (!value.is_string())
        throw Error(what + " must be text");
    auto text = value.get<std::string>();
    if (text.find('\0') != std::string::npos)
        throw Error(what + " has a NUL character");
    return text;
}

ContrastText textFromJson(const json& value, const std::string& what)
{
    if (value.is_string())
        return {stringFromJson(value, what), {}};
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
    if (text.isBlank())
        throw Error(what + " is empty");
    return text;
}

ContrastText optionalText(const json& item, const char* key)
{
    const json* value = member(item, {key});
    return value ? textFromJson(*value, std::string("'") + key + "'") : ContrastText{};
}

// Files in CAA's form may list the answers of a side.
ContrastText choiceFromJson(const json& item, const char* key)
{
    const json* value = member(item, {key});
    if (!value || !value->is_array() || value->empty() || !value->front().is_string())
        return optionalText(item, key);
    const std::string what = std::string("'") + key + "'";
    if (value->size() > 1)
        throw Error(what + " lists " + std::to_string(value->size()) + " answers; keep one");
    return {stringFromJson(value->front(), what), {}};
}

bool enabledFromJson(const json& item)
{
    const json* value = member(item, {"enabled"});
    if (value && !value->is_boolean())
        throw Error("'enabled' must be true or false");
    return !value || value->get<bool>();
}

LabelledExample exampleFromJson(const json& item)
{
    const json* label = member(item, {"label"});
    const bool isPositive = label && (*label == 1 || *label == "1" || *label == "positive");
    const bool isNegative = label && (*label == 0 || *label == "0" || *label == "negative");
    if (!(isPositive || isNegative) || !(label->is_number_integer() || label->is_string()))
        throw Error("'label' must be 1 or 0, or positive or negative");
    return {requiredText(member(item, {"text"}), "'text'"), isPositive ? 1 : 0, enabledFromJson(item)};
}

// System prompts that a side lacks are those of `file`, the object around the items.
ContrastPair pairFromJson(const json& item, const json& file)
{
    const auto side = [&](const char* key, const char* keyOfCaa) {
        return member(item, {key}) ? optionalText(item, key) : choiceFromJson(item, keyOfCaa);
    };
    const auto system = [&](const char* key) {
        const json* own = member(item, {key});
        const json* value = own || !file.is_object() ? own : member(file, {key});
        return value ? stringFromJson(*value, std::string("'") + key + "'") : std::string();
    };
    PairFields fields;
    fields.positive = side("positive", "answer_matching_behavior");
    fields.negative = side("negative", "answer_not_matching_behavior");
    fields.prompt = optionalText(item, member(item, {"prompt"}) ? "prompt" : "question");
    fields.positiveSystem = system("positive_system");
    fields.negativeSystem = system("negative_system");
    fields.enabled = enabledFromJson(item);
    return pairOf(std::move(fields));
}

bool hasSystem(const json& item)
{
    return member(item, {"positive_system", "negative_system"}) != nullptr;
}

bool hasAnswer(const json& item)
{
    return member(item, {"positive", "negative", "answer_matching_behavior", "answer_not_matching_behavior"})
        != nullptr;
}

void noteIgnored(const json& object, std::initializer_list<std::string_view> known, ContrastBuilder& builder)
{
    for (const auto& [key, value] : object.items())
        if (std::ranges::find(known, key) == known.end())
            builder.ignore(key);
}

void addItem(const json& item, int line, const json& file, ContrastBuilder& builder)
{
    if (!item.is_object()) {
        builder.fail(line, "must be an object");
        return;
    }
    try {
        refuseDuplicates(item, {});
        if (!hasAnswer(item) && !hasSystem(item) && (item.contains("text") || item.contains("label")))
            builder.add(line, exampleFromJson(item));
        else
            builder.add(line, pairFromJson(item, file));
        noteIgnored(item,
            {"positive", "negative", "prompt", "positive_system", "negative_system", "enabled", "text",
                "label", "question", "answer_matching_behavior", "answer_not_matching_behavior"},
            builder);
    } catch (const Error& error) {
        builder.fail(line, error.what());
    }
}

void addItems(const json& items, const std::string& what, const json& file, ContrastBuilder& builder)
{
    if (!items.is_array())
        throw Error(what + " must be a list");
    int number = 0;
    for (const json& item : items) {
        addItem(item, ++number, file, builder);
        if (builder.isHopeless())
            return;
    }
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
        if (builder.isHopeless())
            return;
    }
}

// Unpaired texts, and not the chat turns of a single text.
bool isTextList(const json* value)
{
    return value && value->is_array()
        && (value->empty() || !value->front().is_object() || !value->front().contains("role"));
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
            const std::string which = "chat turn " + std::to_string(turns.size() + 1);
            if (!turn.is_object() || !turn.contains(key) || !turn[key].is_string())
                throw Error(which + " has no text '" + key + "'");
            return stringFromJson(turn[key], which);
        };
        if (turn.is_object())
            refuseDuplicates(turn, "a chat turn: ");
        turns.push_back({field("role"), field("content")});
        if (std::ranges::find(s_roles, turns.back().role) == std::end(s_roles))
            throw Error("chat turn " + std::to_string(turns.size()) + " has the role '" + turns.back().role
                + "', which no chat template knows");
    }
    return turns;
}

std::string turnsToJson(const std::vector<ChatMessage>& turns)
{
    return dump(toOrderedJson({{}, turns}));
}

void readContrastJson(std::string_view text, const std::string& origin, ContrastBuilder& builder)
{
    const json root = parseJson(text, origin, DuplicateKeys::Mark);
    if (root.is_object())
        refuseDuplicates(root, origin + ": ");
    if (root.is_array()) {
        addItems(root, origin, {}, builder);
        return;
    }
    if (!root.is_object())
        throw Error(origin + ": must be an object or a list of items");

    auto& set = builder.result.set;
    readName(root, "name", origin, set.name);
    readName(root, "positive_label", origin, set.positiveLabel);
    readName(root, "negative_label", origin, set.negativeLabel);

    if (root.contains("pairs") || root.contains("labelled") || root.contains("labeled"))
        noteIgnored(root,
            {"name", "positive_label", "negative_label", "pairs", "labelled", "labeled", "positive",
                "negative", "positive_system", "negative_system"},
            builder);

    const json* pairs = member(root, {"pairs"});
    const json* labelled = member(root, {"labelled", "labeled"});
    const json* positive = member(root, {"positive"});
    const json* negative = member(root, {"negative"});
    const bool isItem = hasAnswer(root) || root.contains("text") || (hasSystem(root) && !pairs && !labelled);
    if ((pairs != nullptr) + (labelled != nullptr) + isItem > 1)
        throw Error(origin + ": holds more than one of 'pairs', 'labelled' and 'positive' with 'negative'",
            "Keep one kind.");
    if (hasSystem(root) && !pairs && (labelled || isTextList(positive)))
        throw Error(origin + ": 'positive_system' and 'negative_system' go with 'pairs'",
            "Write chat turns in place of a text that needs a system prompt.");
    if (pairs) {
        addItems(*pairs, origin + ": 'pairs'", root, builder);
    } else if (labelled) {
        addItems(*labelled, origin + ": 'labelled'", {}, builder);
    } else if (isTextList(positive) && isTextList(negative)) {
        addUnpaired(*positive, 1, "positive", builder);
        addUnpaired(*negative, 0, "negative", builder);
    } else if (isItem) {
        addItem(root, 1, {}, builder);
    } else {
        throw Error(origin + ": holds none of 'pairs', 'labelled' and 'positive' with 'negative'");
    }
}

void readContrastJsonLines(std::string_view text, ContrastBuilder& builder)
{
    int line = 0;
    while (!text.empty() && !builder.isHopeless()) {
        const std::string_view content = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(content.size() + 1, text.size()));
        ++line;
        if (content.find_first_not_of(" \t\r") == std::string_view::npos)
            continue;
        try {
            addItem(parseJson(content, "the line", DuplicateKeys::Refuse), line, {}, builder);
        } catch (const Error& error) {
            // The parser counts lines too, and sees only this one.
            std::string reason = error.what();
            constexpr std::string_view ownLine = " at line 1, column";
            if (const size_t at = reason.find(ownLine); at != std::string::npos)
                reason.replace(at, ownLine.size(), " at column");
            builder.fail(line, std::move(reason));
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
    const auto add = [&](ordered_json item, bool enabled) {
        if (!enabled)
            item["enabled"] = false;
        items.push_back(dump(item));
    };
    for (const ContrastPair& pair : set.pairs) {
        ordered_json item;
        if (!pair.prompt.empty())
            item["prompt"] = toOrderedJson(pair.prompt);
        item["positive"] = toOrderedJson(pair.positive);
        item["negative"] = toOrderedJson(pair.negative);
        add(std::move(item), pair.enabled);
    }
    for (const LabelledExample& example : set.labelled)
        add({{"text", toOrderedJson(example.text)}, {"label", example.label}}, example.enabled);

    out += set.labelled.empty() ? "  \"pairs\": [" : "  \"labelled\": [";
    for (size_t i = 0; i < items.size(); ++i)
        out += (i == 0 ? "\n    " : ",\n    ") + items[i];
    return out + (items.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

}
