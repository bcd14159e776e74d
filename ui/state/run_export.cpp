#include "ui/state/run_export.h"

#include "core/study/distinct.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

QString labelOf(const Run& run, size_t row)
{
    if (row == RunText::unsteered)
        return u"unsteered"_s;
    if (row == RunText::steered)
        return u"steered"_s;
    switch (run.settings.third) {
    case ThirdRow::Random:
        return u"random"_s;
    case ThirdRow::Inverted:
        return u"inverted"_s;
    default:
        return u"system"_s;
    }
}

QJsonValue finite(double value)
{
    return std::isfinite(value) ? QJsonValue(value) : QJsonValue();
}

QString asText(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

/// A Python string literal.
QString literal(const QString& text)
{
    const QByteArray json = QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact);
    return QString::fromUtf8(json.mid(1, json.size() - 2)); // JSON's escapes are Python's
}

QString literal(double value)
{
    return QString::number(value, 'g', 9);
}

QString directionLiteral(const std::vector<float>& values)
{
    const QByteArray bytes(
        reinterpret_cast<const char*>(values.data()), qsizetype(values.size() * sizeof(float)));
    return u'"' + QString::fromLatin1(bytes.toBase64()) + u'"';
}

QString blocksOf(const std::string& family)
{
    return family == "gpt2"    ? u"model.transformer.h"_s
        : family == "gpt_neox" ? u"model.gpt_neox.layers"_s
                               : u"model.model.layers"_s;
}

QString idsLiteral(const std::vector<TokenId>& ids)
{
    QStringList numbers;
    for (const TokenId id : ids)
        numbers << QString::number(id);
    return u'[' + numbers.join(u", "_s) + u']';
}

QString pythonOf(const std::vector<Edit>& edits, const QString& begin, const QString& end)
{
    QString code;
    for (const Edit& edit : edits) {
        for (const auto& [layer, factor] : edit.layers.value_or(LayerCurve())) {
            const auto found
                = edit.vector->single() ? edit.vector->layers.begin() : edit.vector->layers.find(layer);
            if (found == edit.vector->layers.end())
                continue;
            const LayerVector& direction = found->second;
            TokenScope scope = edit.scope;
            scope.skipFirst = false;
            const QString first = edit.scope.skipFirst && begin == u"0"_s ? u"1"_s : begin;
            code += u"edits.setdefault(%1, []).append((%2, direction(%3), %4, %5, %6, %7, %8))\n"_s.arg(
                QString::number(layer), literal(asText(toString(edit.op))),
                directionLiteral(direction.values), literal(edit.strength * factor),
                literal(QString::fromStdString(toString(scope))), first, end,
                literal(direction.positiveProjection.value_or(direction.norm())));
        }
    }
    return code;
}

QJsonArray jsonOf(const std::vector<EditsChange>& changes)
{
    QJsonArray all;
    for (const EditsChange& change : changes) {
        QJsonArray edits;
        for (const Edit& edit : change.edits)
            edits.append(QJsonObject{{u"vector"_s, QString::fromStdString(edit.vector->name)},
                {u"strength"_s, edit.strength},
                {u"layers"_s, QString::fromStdString(toString(edit.layers.value_or(LayerCurve())))},
                {u"op"_s, asText(toString(edit.op))},
                {u"scope"_s, QString::fromStdString(toString(edit.scope))},
                {u"skip_first"_s, edit.scope.skipFirst}});
        all.append(QJsonObject{{u"token"_s, change.token}, {u"edits"_s, edits}});
    }
    return all;
}

constexpr auto s_hooks = R"py(
def direction(text):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32)


class Steer:
    """Changes the residual at the output of one block: each edit at its scope's positions from `begin` to `end`."""

    def __init__(self, edits):
        self.edits, self.start = edits, 0

    def __call__(self, module, args, output):
        h = (output[0] if isinstance(output, tuple) else output).float()
        at = torch.arange(self.start, self.start + h.shape[1])
        self.start += h.shape[1]
        p = len(prompt)
        for op, v, s, scope, begin, end, projection in self.edits:
            where = {"all": at >= 0, "prompt": at < p, "generated": at >= p, "last": at >= p - 1}.get(scope)
            if where is None:
                where = at >= int(scope.removeprefix("from:"))
            where = (where & (at >= begin) & (at < end))[None, :, None]
            u = v / v.norm()
            if op == "add":
                new = h + s * v
            elif op == "add_keep_norm":
                new = h + s * v
                new = new * h.norm(dim=-1, keepdim=True) / new.norm(dim=-1, keepdim=True)
            elif op == "ablate":
                new = h - s * (h @ u)[..., None] * u
            elif op == "clamp":
                new = h + (s * projection - h @ u)[..., None] * u
            else:  # rotate by s degrees towards u
                n = h.norm(dim=-1, keepdim=True)
                e = h / n
                w = u - (e @ u)[..., None] * e
                w = w / w.norm(dim=-1, keepdim=True)
                new = n * (math.cos(math.radians(s)) * e + math.sin(math.radians(s)) * w)
            h = torch.where(where, new, h)
        return (h,) + output[1:] if isinstance(output, tuple) else h

)py";

}

QByteArray toJsonLine(const Run& run)
{
    QJsonArray mix;
    for (const Strip& strip : run.strips)
        mix.append(QJsonObject{{u"vector"_s, strip.name}, {u"enabled"_s, strip.enabled},
            {u"strength"_s, strip.strength}, {u"layers"_s, QString::fromStdString(toString(strip.layers))},
            {u"op"_s, asText(toString(strip.op))},
            {u"scope"_s, QString::fromStdString(toString(strip.scope))},
            {u"skip_first"_s, strip.scope.skipFirst}});
    QJsonArray rows;
    for (size_t r = 0; r < run.text.rows.size(); ++r) {
        const RowText& row = run.text.rows[r];
        QJsonArray ids;
        QJsonArray logprobs;
        for (const TokenEvent& token : row.tokens) {
            ids.append(token.id);
            logprobs.append(finite(double(token.logprob)));
        }
        const std::vector<EditsChange> changes
            = r < run.rows.size() ? run.rows[r].changes : std::vector<EditsChange>();
        rows.append(QJsonObject{{u"label"_s, labelOf(run, r)}, {u"changes"_s, jsonOf(changes)},
            {u"text"_s, row.text()}, {u"ids"_s, ids}, {u"logprobs"_s, logprobs},
            {u"finish"_s, asText(toString(row.finish()))}, {u"perplexity"_s, finite(row.perplexity())},
            {u"unsteered_perplexity"_s, finite(row.unsteeredPerplexity())}, {u"kl"_s, finite(row.meanKl())},
            {u"distinct_3"_s, distinctThree(row.ids())}});
    }
    const GenerationSettings& s = run.settings;
    const QJsonObject root{{u"run"_s, run.number}, {u"started"_s, run.started.toString(Qt::ISODate)},
        {u"model"_s, QString::fromStdString(run.model.name)},
        {u"fingerprint"_s, QString::fromStdString(run.model.fingerprint)}, {u"prompt"_s, s.prompt},
        {u"raw"_s, s.render.raw},
        {u"system"_s,
            s.render.system == RenderOptions::System::Custom
                ? QJsonValue(QString::fromStdString(s.render.systemText))
                : QJsonValue()},
        {u"temperature"_s, s.temperature}, {u"top_p"_s, s.topP}, {u"max_new_tokens"_s, s.tokens},
        {u"seed"_s, double(s.seed)}, {u"expression"_s, run.expression}, {u"moved_to"_s, run.movedTo},
        {u"mix"_s, mix}, {u"rows"_s, rows}};
    return QJsonDocument(root).toJson(QJsonDocument::Compact) + '\n';
}

QString toMarkdown(const Run& run)
{
    const GenerationSettings& s = run.settings;
    QString text = u"**Prompt** %1\n\n"_s.arg(s.prompt);
    text += u"**Mix** `%1`"_s.arg(mixOf(run));
    for (const Strip& strip : run.strips)
        if (strip.enabled)
            text += u"; %1: %2, %3"_s.arg(strip.name, describeStrip(strip), titleOf(strip.scope));
    text += u"\n\n%1, temperature %2, top-p %3, seed %4\n"_s.arg(QString::fromStdString(run.model.name))
                .arg(s.temperature)
                .arg(s.topP)
                .arg(s.seed);
    for (size_t r = 0; r < run.text.rows.size(); ++r) {
        const RowText& row = run.text.rows[r];
        text += u"\n### %1\n\n"_s.arg(labelOf(run, r));
        for (const QString& line : row.text().split(u'\n'))
            text += u"> %1\n"_s.arg(line);
        text += u"\n%1 tokens, perplexity %2"_s.arg(row.tokens.size()).arg(row.perplexity(), 0, 'f', 2);
        if (!row.compared.empty())
            text += u" (unsteered model %1), KL %2, distinct-3 %3"_s.arg(row.unsteeredPerplexity(), 0, 'f', 2)
                        .arg(row.meanKl(), 0, 'f', 3)
                        .arg(distinctThree(row.ids()), 0, 'f', 2);
        text += u'\n';
    }
    return text;
}

QString toPython(const Run& run)
{
    const QFileInfo file(QString::fromStdString(run.model.path.string()));
    const GenerationSettings& s = run.settings;
    QString code = u"# %1, run %2 of Tiller: %3\n"_s.arg(QString::fromStdString(run.model.name))
                       .arg(run.number)
                       .arg(mixOf(run));
    code += u"import base64, math\nimport torch\n"
            "from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"_s;
    const QString where = file.isFile()
        ? u"%1, gguf_file=%2"_s.arg(literal(file.absolutePath()), literal(file.fileName()))
        : literal(file.absoluteFilePath());
    code += u"model = AutoModelForCausalLM.from_pretrained(%1, dtype=torch.float32).eval()\n"_s.arg(where);
    code += u"tokenizer = AutoTokenizer.from_pretrained(%1)\n"_s.arg(where);
    code += u"prompt = %1  # %2\n"_s.arg(idsLiteral(run.promptIds), literal(s.prompt));
    code += QString::fromUtf8(s_hooks);
    code
        += u"\n# by block: operation, direction, strength, scope, first position and the one after the last, "
           "projection of the positive side\nedits = {}\n"_s;
    if (run.rows.size() > RunText::steered) {
        const RunRow& row = run.rows[RunText::steered];
        const int first = int(run.promptIds.size()) - 1; // the position that chooses token 0
        QString begin = u"0"_s;
        const std::vector<Edit>* edits = &row.edits;
        for (const EditsChange& change : row.changes) {
            const QString end = QString::number(first + change.token);
            code += pythonOf(*edits, begin, end);
            begin = end;
            edits = &change.edits;
        }
        code += pythonOf(*edits, begin, u"math.inf"_s);
    }
    code += u"for layer, here in edits.items():\n    %1[layer].register_forward_hook(Steer(here))\n\n"_s.arg(
        blocksOf(run.model.family));
    const QString sampling = s.temperature > 0
        ? u"do_sample=True, temperature=%1, top_p=%2, top_k=0"_s.arg(literal(s.temperature), literal(s.topP))
        : u"do_sample=False"_s;
    if (s.temperature > 0)
        code += u"torch.manual_seed(%1)  # other draws than Tiller's\n"_s.arg(s.seed);
    code += u"ids = torch.tensor([prompt])\n"
            "with torch.no_grad():\n"
            "    out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=%1, %2)\n"
            "print(tokenizer.decode(out[0, len(prompt):]))\n"_s.arg(QString::number(s.tokens), sampling);
    return code;
}

}
