#include "core/engine.h"

#include "core/base/paths.h"
#include "core/base/seconds_since.h"
#include "core/io/licence.h"
#include "core/model/device.h"
#include "core/model/families/family.h"
#include "core/tokenizer/utf8_stream.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <numeric>

namespace tiller {

namespace {

std::string mainType(const Checkpoint& checkpoint)
{
    std::map<DType, uint64_t> bytes;
    for (const TensorView* t : checkpoint.tensors())
        bytes[t->dtype] += t->data.size();
    const auto most = std::max_element(
        bytes.begin(), bytes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == bytes.end() ? std::string() : std::string(info(most->first).name);
}

std::string now()
{
    const std::time_t time = std::time(nullptr);
    std::tm parts{};
    localtime_r(&time, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    return text;
}

ModelInfo describeCheckpoint(const Checkpoint& checkpoint)
{
    const ModelConfig c = readConfig(checkpoint);
    ModelInfo i;
    i.path = checkpoint.path();
    i.name = c.name;
    i.family = c.family;
    i.fileFormat = std::string(checkpoint.gguf() ? "GGUF " : "safetensors ") + mainType(checkpoint);
    i.layers = c.layers;
    i.hidden = c.hidden;
    i.heads = c.heads;
    i.kvHeads = c.kvHeads;
    i.headDim = c.headDim;
    i.intermediate = c.intermediate;
    i.vocabulary = c.vocabulary;
    i.contextLength = c.contextLength;
    i.fileBytes = checkpoint.fileBytes();
    for (const TensorView* t : checkpoint.tensors())
        i.parameters += static_cast<uint64_t>(t->count());
    i.memory = estimateMemory(checkpoint, c);
    i.licence = licenceOf(checkpoint);
    return i;
}

}

ModelFiles readModelFiles(const std::filesystem::path& model)
{
    const auto start = std::chrono::steady_clock::now();
    const auto path = resolveModelArgument(model);
    ModelFiles files;
    files.checkpoint = Checkpoint::open(path);
    const GgufFile* gguf = files.checkpoint->gguf();
    ModelInfo& info = files.info;
    info = describeCheckpoint(*files.checkpoint);
    try {
        files.tokenizer = gguf ? openTokenizer(*gguf) : openTokenizer(path);
        info.tokenizer = files.tokenizer->kind();
    } catch (const Error& e) {
        // A checkpoint without a usable tokenizer still serves `forward` and `bench`.
        info.tokenizerProblem = e.what();
        info.tokenizer = std::string("none: ") + e.what();
    }
    files.chatTemplate = gguf ? findModelTemplate(*gguf) : findModelTemplate(path);
    if (files.chatTemplate) {
        info.templateOrigin = files.chatTemplate->origin;
        try {
            files.chatTemplate->render({{"user", "Hello"}}, true);
        } catch (const Error& e) {
            info.templateProblem = e.what();
        }
    }
    info.loadSeconds = secondsSince(start);
    return files;
}

uint64_t checkLoading(const ModelInfo& described, const LoadOptions& options, uint64_t reclaimed)
{
    checkDevice(options.device);
    const ComputeType type = computeTypeOf(options.dtype, options.device, described.memory.isQuantised);
    if (options.device != "cpu")
        return 0;
    const uint64_t available = availableMemory();
    refuseIfTooLarge(described.name, described.memory, type, available == 0 ? 0 : available + reclaimed);
    return described.memory.bytes(type);
}

std::shared_ptr<const Engine> Engine::open(
    const std::filesystem::path& model, const LoadOptions& options, const Job& job)
{
    checkDevice(options.device);
    const auto path = resolveModelArgument(model);
    job.report("Opening " + path.filename().string(), 0, 0);
    return open(readModelFiles(path), options, job);
}

std::shared_ptr<const Engine> Engine::open(ModelFiles files, const LoadOptions& options, const Job& job)
{
    const auto start = std::chrono::steady_clock::now();
    const std::shared_ptr<Engine> engine(new Engine());
    engine->m_model = Model::load(std::move(files.checkpoint), options, job);
    engine->m_tokenizer = std::move(files.tokenizer);
    engine->m_template = std::move(files.chatTemplate);
    ModelInfo& info = engine->m_info;
    info = std::move(files.info);
    info.computeType = toString(engine->m_model->computeType());
    info.device = engine->m_model->device();
    info.fingerprint = engine->m_model->fingerprint();
    info.weightBytes = engine->m_model->weightBytes();
    info.loadSeconds += secondsSince(start);
    return engine;
}

const Tokenizer& Engine::tokenizer() const
{
    if (!m_tokenizer)
        throw Error("The model's tokenizer cannot be used: " + m_info.tokenizerProblem,
            "Put the tokenizer.json of the model beside its weights.");
    return *m_tokenizer;
}

Renderer Engine::renderer(const RenderOptions& options) const
{
    return Renderer(tokenizer(), m_template, options, m_info.contextLength);
}

ExtractResult Engine::extract(const ExtractRequest& request, const Job& job) const
{
    const auto start = std::chrono::steady_clock::now();
    const ExtractorInfo& method = findExtractor(request.method);
    std::vector<int> layers = request.layers;
    if (layers.empty()) {
        layers.resize(static_cast<size_t>(m_info.layers));
        std::iota(layers.begin(), layers.end(), 0);
    }
    RenderedSet texts = renderSet(request.set, renderer(request.render), request.read, job.cancel);

    ExtractResult result;
    const auto collect = [&](const std::vector<RenderedItem>& items, std::vector<int>& rows) {
        for (const RenderedItem& item : items)
            rows.push_back(item.row);
        return collectActivations(*m_model, items, layers, job, m_activations.get());
    };
    result.bank = collect(texts.used, result.rows);
    if (!texts.setAside.empty()) // so that a plot can show where they lie
        result.setAside = collect(texts.setAside, result.setAsideRows);
    result.leftOut = std::move(texts.leftOut);
    result.vector = fitVector(result.bank, method, request.normalisation);
    std::vector<int> numbers;
    for (const int row : result.rows)
        numbers.push_back(row + 1);
    result.diagnostics = diagnose(result.bank, result.vector, m_info.layers, std::move(numbers));
    result.tokens = result.bank.tokens;

    SteeringVector& v = result.vector;
    v.name = request.set.name;
    v.positiveLabel = request.set.positiveLabel;
    v.negativeLabel = request.set.negativeLabel;
    v.modelName = m_info.name;
    v.modelFingerprint = m_info.fingerprint;
    v.readPosition = toString(request.read);
    v.createdAt = now();
    result.seconds = secondsSince(start);
    return result;
}

TokenPreview Engine::preview(const ContrastText& prompt, const ContrastText& answer, const ReadPosition& read,
    const RenderOptions& options) const
{
    TokenPreview preview;
    const RenderedText text = renderer(options).render(prompt, answer);
    for (size_t i = 0; i < text.ids.size(); ++i) {
        TokenPreview::Token token;
        token.text = sanitizeUtf8(tokenizer().bytesOf(text.ids[i]));
        token.isHead = static_cast<int>(i) < text.headLength;
        token.isTemplate = text.isTemplate[i];
        preview.tokens.push_back(token);
    }
    try {
        for (const int position : read.positions(text))
            preview.tokens[static_cast<size_t>(position)].isRead = true;
    } catch (const Error& e) {
        preview.error = e.what();
    }
    return preview;
}

}
