#include "core/steer/plan.h"

#include "core/base/error.h"
#include "core/io/json.h"
#include "core/io/mapped_file.h"
#include "core/io/text.h"
#include "core/steer/model_name.h"
#include "core/steer/vector_files.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace tiller {

namespace {

using nlohmann::json;

// En dash, em dash and minus are what people paste for a hyphen.
std::string plainDashes(std::string_view text)
{
    std::string out;
    for (size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        const bool isDash
            = rest.starts_with("\u2013") || rest.starts_with("\u2014") || rest.starts_with("\u2212");
        if (isDash)
            out += '-';
        else if (text[at] != ' ' && text[at] != '\t')
            out += text[at];
        at += isDash ? 3 : 1;
    }
    return out;
}

template <typename Number>
Number parseNumber(std::string_view text, const std::string& what)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        throw Error(what);
    return value;
}

void checkLayer(int layer, int layerCount)
{
    if (layer < 0 || layer >= layerCount)
        throw Error("layer " + std::to_string(layer) + " does not exist: the model has layers 0 to "
            + std::to_string(layerCount - 1));
}

void addToCurve(LayerCurve& curve, int layer, double factor, int layerCount)
{
    checkLayer(layer, layerCount);
    if (!std::isfinite(factor))
        throw Error("layer " + std::to_string(layer) + ": the factor is not a finite number");
    if (!curve.emplace(layer, factor).second)
        throw Error("layer " + std::to_string(layer) + " is named twice");
}

// "18", "10-20" or "12:0.5".
void addPart(LayerCurve& curve, std::string_view part, int layerCount)
{
    const std::string problem = "layers " + inQuotes(part) + ": expected a layer, a range like 10-20, or all";
    const size_t colon = part.find(':');
    const double factor = colon == part.npos ? 1 : parseNumber<double>(part.substr(colon + 1), problem);
    const std::string_view range = part.substr(0, colon);
    const size_t dash = range.find('-');
    const int first = parseNumber<int>(range.substr(0, dash), problem);
    const int last = dash == range.npos ? first : parseNumber<int>(range.substr(dash + 1), problem);
    if (first > last)
        throw Error("layers " + inQuotes(part) + ": the range is the wrong way round");
    checkLayer(first, layerCount);
    checkLayer(last, layerCount);
    for (int layer = first; layer <= last; ++layer)
        addToCurve(curve, layer, factor, layerCount);
}

std::string described(const SteeringVector& vector)
{
    return "vector " + inQuotes(vector.name);
}

void checkWidth(const SteeringVector& vector, const ModelConfig& config)
{
    if (vector.width() != static_cast<size_t>(config.hidden))
        throw Error(described(vector) + " has " + std::to_string(vector.width())
                + " values, and the model's width is " + std::to_string(config.hidden),
            "Open the model it was extracted from, or extract it again from this one.");
}

LayerCurve layersOf(const Edit& edit)
{
    if (edit.layers)
        return *edit.layers;
    if (edit.vector->layerUnknown)
        throw Error(described(*edit.vector) + " does not say its layer", "Name the layer to steer.");
    LayerCurve curve;
    for (const auto& [layer, direction] : edit.vector->layers)
        curve[layer] = 1;
    return curve;
}

class PlanReader {
public:
    PlanReader(const std::filesystem::path& path, const ModelConfig& config)
        : m_path(path)
        , m_config(config)
    {
    }

    std::vector<Edit> read()
    {
        const auto file = MappedFile::open(m_path);
        const std::string_view text(
            reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
        const std::string origin = m_path.string();
        const json root = parseJson(text, origin, DuplicateKeys::Refuse);
        checkKeys(root, {"edits"}, origin);
        if (!root.contains("edits") || !root["edits"].is_array())
            throw Error(origin + ": has no list 'edits'");
        std::vector<Edit> edits;
        for (const json& item : root["edits"]) {
            const std::string where = origin + ": edits[" + std::to_string(edits.size()) + "]";
            try {
                edits.push_back(readEdit(item));
            } catch (const Error& error) {
                throw Error(where + ": " + error.what(), error.remedy());
            }
        }
        return edits;
    }

private:
    Edit readEdit(const json& item)
    {
        checkKeys(item, {"vector", "op", "strength", "layers", "scope", "skip_first"}, "the edit");
        Edit edit;
        const std::string vector = text(item, "vector", "");
        if (vector.empty())
            throw Error("'vector' is missing");
        edit.vector = open(vector);
        edit.op = parseOp(text(item, "op", "add"));
        if (item.contains("strength")) {
            if (!item["strength"].is_number())
                throw Error("'strength' must be a number");
            edit.strength = item["strength"].get<double>();
        }
        if (item.contains("layers"))
            edit.layers = readLayers(item["layers"]);
        edit.scope = parseScope(text(item, "scope", "all"));
        if (item.contains("skip_first")) {
            if (!item["skip_first"].is_boolean())
                throw Error("'skip_first' must be true or false");
            edit.scope.skipFirst = item["skip_first"].get<bool>();
        }
        return edit;
    }

    LayerCurve readLayers(const json& value) const
    {
        if (value.is_string())
            return parseLayers(value.get<std::string>(), m_config.layers);
        if (value.is_number_integer())
            return parseLayers(value.dump(), m_config.layers);
        if (!value.is_object() || value.empty())
            throw Error("'layers' must be text like \"18\" or \"10-20\", or a curve {\"12\": 0.5}");
        LayerCurve curve;
        for (const auto& [key, factor] : value.items()) {
            if (!factor.is_number())
                throw Error("'layers': the factor of " + inQuotes(key) + " must be a number");
            const int layer = parseNumber<int>(key, "'layers': " + inQuotes(key) + " is not a layer number");
            addToCurve(curve, layer, factor.get<double>(), m_config.layers);
        }
        return curve;
    }

    // One file named in several edits is read once.
    std::shared_ptr<const SteeringVector> open(const std::string& name)
    {
        auto& vector = m_vectors[name];
        if (!vector) {
            std::error_code error;
            const auto beside = m_path.parent_path() / name;
            // A rotalabs vector may be named without its extension.
            const bool isBeside = std::filesystem::exists(beside, error)
                || std::filesystem::exists(std::filesystem::path(beside) += ".pt", error);
            vector = std::make_shared<SteeringVector>(
                readVector(isBeside ? beside : std::filesystem::path(name)));
        }
        return vector;
    }

    static void checkKeys(
        const json& object, std::initializer_list<std::string_view> known, const std::string& where)
    {
        if (!object.is_object())
            throw Error(where + " must be an object");
        std::string all;
        for (const std::string_view key : known)
            all.append(all.empty() ? "" : ", ").append(key);
        for (const auto& [key, value] : object.items())
            if (std::ranges::find(known, key) == known.end())
                throw Error(where + " has an unknown key " + inQuotes(key),
                    (known.size() == 1 ? "there is only " : "there are ") + all);
    }

    static std::string text(const json& object, const char* key, const char* fallback)
    {
        if (!object.contains(key))
            return fallback;
        if (!object[key].is_string())
            throw Error(std::string("'") + key + "' must be text");
        return object[key].get<std::string>();
    }

    const std::filesystem::path& m_path;
    const ModelConfig& m_config;
    std::map<std::string, std::shared_ptr<const SteeringVector>> m_vectors;
};

}

LayerCurve parseLayers(std::string_view text, int layerCount)
{
    const std::string plain = plainDashes(text);
    LayerCurve curve;
    if (plain == "all") {
        for (int layer = 0; layer < layerCount; ++layer)
            curve[layer] = 1;
        return curve;
    }
    std::string_view rest = plain;
    while (true) {
        const size_t comma = rest.find(',');
        addPart(curve, rest.substr(0, comma), layerCount);
        if (comma == rest.npos)
            return curve;
        rest.remove_prefix(comma + 1);
    }
}

std::string toString(const LayerCurve& curve)
{
    std::string out;
    for (auto first = curve.begin(); first != curve.end();) {
        auto last = first;
        for (auto next = std::next(last);
             next != curve.end() && next->first == last->first + 1 && next->second == first->second; ++next)
            last = next;
        if (!out.empty())
            out += ',';
        out += std::to_string(first->first);
        if (last != first)
            out += '-' + std::to_string(last->first);
        if (first->second != 1) {
            char buffer[32];
            out += ':'
                + std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, first->second).ptr);
        }
        first = std::next(last);
    }
    return out;
}

Plan resolvePlan(const std::vector<Edit>& edits, const ModelConfig& config)
{
    Plan plan;
    for (const Edit& edit : edits) {
        if (!edit.vector || edit.vector->layers.empty())
            throw Error("an edit has no vector");
        checkWidth(*edit.vector, config);
        for (const auto& [layer, factor] : layersOf(edit)) {
            checkLayer(layer, config.layers);
            const auto found
                = edit.vector->single() ? edit.vector->layers.begin() : edit.vector->layers.find(layer);
            if (found == edit.vector->layers.end())
                throw Error(described(*edit.vector) + " has no layer " + std::to_string(layer),
                    "A set puts its layer i at layer i: name layers that it holds.");
            const double strength = edit.strength * factor;
            constexpr double most = 1e6; // far beyond any use, and safe in float arithmetic
            if (!(std::abs(strength) <= most))
                throw Error(described(*edit.vector) + ": a strength must lie between -1e6 and 1e6");
            LayerEdit out;
            out.layer = layer;
            out.op = edit.op;
            out.direction = {edit.vector, &found->second.values};
            out.strength = static_cast<float>(strength);
            out.scope = edit.scope;
            if (found->second.positiveProjection)
                out.positiveProjection = static_cast<float>(*found->second.positiveProjection);
            plan.edits.push_back(std::move(out));
        }
    }
    return plan;
}

std::string planHelp()
{
    return R"(A plan is a JSON file with any number of edits, which act in their order:
  {"edits": [{"vector": "formality.pt", "strength": 1.5, "layers": "10-20"},
             {"vector": "hedging", "op": "ablate", "layers": "14", "scope": "generated"}]}
  vector      a file or set, beside the plan or in the current folder; the others may be left out
  op          add (default), add_keep_norm, ablate, clamp, rotate
  strength    multiplies the vector (default 1)
  layers      "18", "10-20", "8,10-12", "all", or a curve {"12": 0.5, "13": 1} of factors
              (default: every layer stored with the vector, each at the whole strength)
  scope       all (default), prompt, generated, last, from:N
  skip_first  true leaves out position 0)";
}

std::vector<Edit> readPlan(const std::filesystem::path& path, const ModelConfig& config)
{
    return PlanReader(path, config).read();
}

void checkFits(
    const SteeringVector& vector, const ModelConfig& config, const std::string& fingerprint, bool allowOther)
{
    checkWidth(vector, config);
    if (!vector.layers.empty() && vector.layers.rbegin()->first >= config.layers)
        throw Error(described(vector) + " has a layer " + std::to_string(vector.layers.rbegin()->first)
                + ", and the model has layers 0 to " + std::to_string(config.layers - 1),
            "Open the model it was extracted from, or extract it again from this one.");
    if (allowOther)
        return;
    const bool bothKnown = !vector.modelFingerprint.empty() && !fingerprint.empty();
    const bool fits = bothKnown
        ? vector.modelFingerprint == fingerprint
        : modelNamesAgree(vector.modelName, config.name) || vector.modelName == config.family;
    if (!fits)
        throw Error(described(vector) + " was extracted from another model, " + inQuotes(vector.modelName)
                + "; this one is " + inQuotes(config.name),
            "Vectors fit only the model they were extracted from: extract it again from this model.");
}

}
