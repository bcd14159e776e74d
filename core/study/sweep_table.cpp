#include "core/study/sweep_table.h"

#include "core/base/error.h"
#include "core/io/atomic_write.h"
#include "core/steer/delimited_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

namespace tiller {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view s_control = "_control";
constexpr std::string_view s_low = "_low";
constexpr std::string_view s_high = "_high";

bool isOfCell(Metric metric)
{
    return factsOf(metric).on != MeasuredOn::Text;
}

bool hasBand(Metric metric)
{
    return factsOf(metric).on == MeasuredOn::Items;
}

std::string digits(double value)
{
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

double toNumber(const std::string& text, const std::string& where)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        throw Error(where + ": '" + text + "' is not a number");
    return value;
}

// A column of figures, as it is named in a file.
struct Column {
    Metric metric;
    bool isControl = false;
    double SweepFigure::*part = &SweepFigure::value;
};

std::optional<Column> parseColumn(std::string_view name)
{
    Column column{};
    const auto cut = [&](std::string_view end) {
        const bool has = name.ends_with(end);
        if (has)
            name.remove_suffix(end.size());
        return has;
    };
    if (cut(s_low))
        column.part = &SweepFigure::low;
    else if (cut(s_high))
        column.part = &SweepFigure::high;
    column.isControl = cut(s_control);
    const auto metrics = allMetrics();
    const auto found = std::ranges::find(metrics, name, &MetricFacts::name);
    if (found == metrics.end())
        return {};
    column.metric = found->metric;
    return column;
}

// "model=ab12 op=add": words hold no spaces.
std::string onOneLine(const SweepSettings& settings)
{
    std::string line;
    for (const auto& [name, word] : settings)
        line += (line.empty() ? "" : " ") + name + '=' + word;
    return line;
}

SweepSettings parseSettings(const std::string& line)
{
    SweepSettings settings;
    std::istringstream words(line);
    for (std::string word; words >> word;)
        if (const size_t equals = word.find('='); equals != std::string::npos)
            settings[word.substr(0, equals)] = word.substr(equals + 1);
    return settings;
}

constexpr const char* s_shard = "shard";

/// "1/3,3/3".
std::set<std::string> shardsOf(const std::string& text)
{
    std::set<std::string> shards;
    std::istringstream words(text);
    for (std::string word; std::getline(words, word, ',');)
        shards.insert(word);
    return shards;
}

std::string joinedShards(const std::string& a, const std::string& b)
{
    std::set<std::string> all = shardsOf(a);
    all.merge(shardsOf(b));
    std::string text;
    for (const std::string& shard : all)
        text += (text.empty() ? "" : ",") + shard;
    return text;
}

/// A setting as the command line's reader knows it.
std::string named(const std::string& setting)
{
    static const std::map<std::string, std::string> names{{"tokens", "number of new tokens"},
        {"compute", "dtype"}, {"contrast", "contrast set"}, {"neutral", "neutral text"},
        {"skip_first", "scope at position 0"}};
    const auto found = names.find(setting);
    return found == names.end() ? setting : found->second;
}

bool isMeasured(const std::map<Metric, SweepFigure>& figures, Metric metric)
{
    if (figures.contains(metric))
        return true;
    const auto length = figures.find(Metric::Length);
    return metric == Metric::Readback && length != figures.end() && length->second.value == 0;
}

}

SweepTable::SweepTable(SweepSettings settings)
    : m_settings(std::move(settings))
{
}

void SweepTable::put(const SweepResult& result, const std::string& prompt, bool isControl)
{
    const Cell cell{result.layer, result.strength};
    Row& row = result.prompt < 0 ? m_cells[cell] : m_texts[{result.layer, result.strength, prompt}];
    row.layer = result.layer;
    row.strength = result.strength;
    row.push = result.push;
    if (result.prompt >= 0) {
        row.prompt = prompt;
        if (!isControl)
            row.text = result.text;
    }
    for (const auto& [metric, figure] : result.figures)
        (isControl ? row.control : row.figures)[metric] = figure;
}

bool SweepTable::knows(
    int layer, double strength, const std::string& prompt, Metric metric, bool isControl) const
{
    const auto has = [&](const auto& rows, const auto& place) {
        const auto row = rows.find(place);
        return row != rows.end() && isMeasured(isControl ? row->second.control : row->second.figures, metric);
    };
    return isOfCell(metric) ? has(m_cells, Cell{layer, strength})
                            : has(m_texts, Place{layer, strength, prompt});
}

std::vector<SweepTable::Row> SweepTable::rows() const
{
    std::vector<Row> rows;
    for (const auto& [place, row] : m_texts) {
        rows.push_back(row);
        if (const auto cell = m_cells.find({row.layer, row.strength}); cell != m_cells.end()) {
            rows.back().figures.insert(cell->second.figures.begin(), cell->second.figures.end());
            rows.back().control.insert(cell->second.control.begin(), cell->second.control.end());
        }
    }
    for (const auto& [cell, row] : m_cells) {
        const auto next = m_texts.lower_bound({cell.first, cell.second, {}});
        if (next == m_texts.end() || next->second.layer != cell.first || next->second.strength != cell.second)
            rows.push_back(row);
    }
    std::ranges::sort(rows, {}, [](const Row& row) { return std::tie(row.layer, row.strength, row.prompt); });
    return rows;
}

void SweepTable::join(const SweepTable& other)
{
    for (const auto& [name, word] : other.m_settings) {
        std::string& own = m_settings[name];
        if (name == s_shard)
            own = joinedShards(own, word);
        else if (own.empty())
            own = word;
        else if (!word.empty() && own != word)
            throw Error(
                "the figures were made with another " + named(name) + " (" + own + ", not " + word + ')');
    }
    const auto take = [](auto& rows, const auto& others) {
        for (const auto& [place, row] : others) {
            Row& own = rows[place];
            const Row before = std::exchange(own, row);
            own.figures.insert(before.figures.begin(), before.figures.end());
            own.control.insert(before.control.begin(), before.control.end());
            if (own.text.empty())
                own.text = before.text;
        }
    };
    take(m_texts, other.m_texts);
    take(m_cells, other.m_cells);
}

bool SweepTable::hasText(int layer, double strength, const std::string& prompt) const
{
    const auto row = m_texts.find(Place{layer, strength, prompt});
    if (row == m_texts.end())
        return false;
    const auto length = row->second.figures.find(Metric::Length);
    return !row->second.text.empty() || (length != row->second.figures.end() && length->second.value == 0);
}

bool SweepTable::hasTexts() const
{
    return std::ranges::any_of(m_texts, [](const auto& row) { return !row.second.text.empty(); });
}

void SweepTable::setShard(int number, int count)
{
    m_settings[s_shard] = std::to_string(number) + '/' + std::to_string(count);
}

std::vector<std::string> SweepTable::missingShards()
{
    const auto said = m_settings.find(s_shard);
    if (said == m_settings.end())
        return {};
    const std::set<std::string> there = shardsOf(said->second);
    std::vector<std::string> missing;
    const std::string& any = *there.begin();
    const std::string ofAll = any.substr(any.find('/'));
    const int count = std::atoi(ofAll.c_str() + 1);
    for (int number = 1; number <= count; ++number)
        if (const std::string shard = std::to_string(number) + ofAll; !there.contains(shard))
            missing.push_back(shard);
    if (missing.empty())
        m_settings.erase(said);
    return missing;
}

std::vector<std::pair<int, double>> SweepTable::missingCells() const
{
    std::set<int> layers;
    std::set<double> strengths;
    std::set<Cell> cells;
    for (const Row& row : rows()) {
        layers.insert(row.layer);
        strengths.insert(row.strength);
        cells.insert({row.layer, row.strength});
    }
    std::vector<Cell> missing;
    for (const int layer : layers)
        for (const double strength : strengths)
            if (!cells.contains({layer, strength}))
                missing.emplace_back(layer, strength);
    return missing;
}

namespace {

std::vector<std::string> columnsOf(const std::vector<SweepTable::Row>& rows)
{
    std::set<Metric> own;
    std::set<Metric> control;
    for (const SweepTable::Row& row : rows) {
        for (const auto& [metric, figure] : row.figures)
            own.insert(metric);
        for (const auto& [metric, figure] : row.control)
            control.insert(metric);
    }
    std::vector<std::string> names;
    for (const auto* metrics : {&own, &control})
        for (const Metric metric : *metrics) {
            std::string name(factsOf(metric).name);
            if (metrics == &control)
                name += s_control;
            names.push_back(name);
            if (hasBand(metric))
                names.insert(names.end(), {name + std::string(s_low), name + std::string(s_high)});
        }
    return names;
}

std::optional<double> figureOf(const SweepTable::Row& row, const Column& column)
{
    const auto& figures = column.isControl ? row.control : row.figures;
    const auto found = figures.find(column.metric);
    if (found == figures.end())
        return {};
    return found->second.*column.part;
}

}

std::string SweepTable::toCsv(bool texts) const
{
    const std::vector<Row> all = rows();
    const std::vector<std::string> names = columnsOf(all);
    std::vector<std::string> record{"layer", "strength", "prompt", "push"};
    record.insert(record.end(), names.begin(), names.end());
    if (texts)
        record.emplace_back("text");
    record.emplace_back("settings");
    std::string csv = csvRecord(record) + '\n';
    for (const Row& row : all) {
        record = {std::to_string(row.layer), digits(row.strength), row.prompt, digits(row.push)};
        for (const std::string& name : names) {
            const auto figure = figureOf(row, *parseColumn(name));
            record.push_back(figure ? digits(*figure) : std::string());
        }
        if (texts)
            record.push_back(row.text);
        record.push_back(onOneLine(m_settings));
        csv += csvRecord(record) + '\n';
    }
    return csv;
}

std::string SweepTable::toJson(bool texts) const
{
    const std::vector<Row> all = rows();
    const std::vector<std::string> names = columnsOf(all);
    Json listed = Json::array();
    for (const Row& row : all) {
        Json item{
            {"layer", row.layer}, {"strength", row.strength}, {"prompt", row.prompt}, {"push", row.push}};
        for (const std::string& name : names) {
            const auto figure = figureOf(row, *parseColumn(name));
            item[name] = figure ? Json(*figure) : Json();
        }
        if (texts)
            item["text"] = row.text;
        listed.push_back(std::move(item));
    }
    const Json table{{"settings", m_settings}, {"rows", std::move(listed)}};
    return table.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

void SweepTable::write(const std::filesystem::path& path, bool texts) const
{
    atomicWrite(path, path.extension() == ".json" ? toJson(texts) : toCsv(texts));
}

namespace {

constexpr uintmax_t s_mostBytes = uintmax_t{1} << 30;

std::string wholeFile(const std::filesystem::path& path)
{
    std::error_code error;
    const uintmax_t size = std::filesystem::file_size(path, error);
    if (error || size > s_mostBytes)
        throw Error(path.string() + (error ? ": cannot be read" : ": is too large for a table of a sweep"));
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file)
        throw Error(path.string() + ": cannot be read");
    return text.str();
}

// A record of a file: names and cells, JSON null and empty cells left out.
using Record = std::map<std::string, std::string>;

SweepTable::Row rowOf(const Record& record, const std::string& where)
{
    SweepTable::Row row;
    const auto cell = [&](const char* name) {
        const auto found = record.find(name);
        if (found == record.end())
            throw Error(where + ": there is no " + name);
        return toNumber(found->second, where);
    };
    const double layer = cell("layer");
    if (layer != std::floor(layer) || layer < 0 || layer > 1e6)
        throw Error(where + ": " + digits(layer) + " is no layer");
    row.layer = static_cast<int>(layer);
    row.strength = cell("strength");
    for (const auto& [name, text] : record) {
        if (name == "prompt")
            row.prompt = text;
        else if (name == "text")
            row.text = text;
        else if (name == "push")
            row.push = toNumber(text, where);
        else if (const auto column = parseColumn(name))
            (column->isControl ? row.control : row.figures)[column->metric].*column->part
                = toNumber(text, where);
    }
    for (auto* figures : {&row.figures, &row.control})
        for (auto& [metric, figure] : *figures)
            if (!hasBand(metric))
                figure.low = figure.high = figure.value;
    return row;
}

}

SweepTable SweepTable::read(const std::filesystem::path& path)
{
    const std::string text = wholeFile(path);
    const std::string name = path.string();
    std::vector<std::pair<Record, std::string>> records;
    SweepTable table;
    if (path.extension() == ".json") {
        try {
            const Json json = Json::parse(text);
            table.m_settings = json.at("settings").get<SweepSettings>();
            for (const Json& item : json.at("rows")) {
                Record record;
                for (const auto& [key, value] : item.items())
                    if (!value.is_null())
                        record[key] = value.is_string() ? value.get<std::string>() : value.dump();
                records.emplace_back(std::move(record), name + ": row " + std::to_string(records.size() + 1));
            }
        } catch (const nlohmann::json::exception& error) {
            throw Error(name + ": is no table of a sweep: " + error.what());
        }
    } else {
        DelimitedReader reader(text, ',', BadQuotes::Error);
        const auto header = reader.next();
        if (!header || std::ranges::find(header->cells, "layer") == header->cells.end())
            throw Error(name + ": is no table of a sweep: its header has no layer");
        while (const auto line = reader.next()) {
            const std::string where = name + ", line " + std::to_string(line->line);
            if (!line->error.empty() || line->cells.size() != header->cells.size())
                throw Error(where + ": "
                    + (line->error.empty() ? "has not as many cells as the header" : line->error));
            Record record;
            for (size_t i = 0; i < line->cells.size(); ++i)
                if (!line->cells[i].empty())
                    record[header->cells[i]] = line->cells[i];
            if (const auto settings = record.find("settings"); settings != record.end()) {
                SweepTable one(parseSettings(settings->second));
                table.join(one);
            }
            records.emplace_back(std::move(record), where);
        }
    }
    for (const auto& [record, where] : records) {
        const Row row = rowOf(record, where);
        SweepResult cell{row.layer, row.strength, -1, row.push, {}, {}};
        SweepResult own{row.layer, row.strength, row.prompt.empty() ? -1 : 0, row.push, {}, row.text};
        for (const bool isControl : {false, true}) {
            cell.figures.clear();
            own.figures.clear();
            for (const auto& [metric, figure] : isControl ? row.control : row.figures)
                (isOfCell(metric) ? cell : own).figures[metric] = figure;
            if (!cell.figures.empty())
                table.put(cell, {}, isControl);
            if (own.prompt == 0 && (!isControl || !own.figures.empty()))
                table.put(own, row.prompt, isControl);
        }
    }
    return table;
}

}
