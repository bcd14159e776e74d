#include "cli/vector_output.h"

#include "cli/output.h"
#include "core/steer/plan.h"

#include <algorithm>

namespace tiller::cli {

namespace {

namespace fs = std::filesystem;

void addFolder(std::vector<fs::path>& files, const fs::path& folder)
{
    std::error_code error;
    files.push_back(folder);
    for (const auto& entry : fs::directory_iterator(folder, error))
        files.push_back(entry.path());
}

// What writing there replaces or removes.
std::vector<fs::path> filesWritten(const fs::path& path)
{
    std::error_code error;
    std::vector<fs::path> files;
    if (fs::is_directory(path, error))
        addFolder(files, path);
    else
        files.push_back(path);
    if (path.extension() == ".pt")
        files.push_back(fs::path(path).replace_extension(".json"));
    return files;
}

// What is read of an input: NAME, NAME.pt and NAME.json stand for both files, metadata.json for its set.
std::vector<fs::path> filesRead(const fs::path& path)
{
    std::vector<fs::path> files = filesWritten(path);
    if (path.filename() == "metadata.json")
        addFolder(files, fs::absolute(path).parent_path());
    if (path.extension() == ".json")
        files.push_back(fs::path(path).replace_extension(".pt"));
    for (const char* extension : {".pt", ".json"})
        files.push_back(fs::path(path) += extension);
    return files;
}

bool isSameFile(const fs::path& a, const fs::path& b)
{
    std::error_code error;
    return fs::equivalent(a, b, error);
}

void refuseInputs(const std::string& out, const std::vector<std::string>& inputs)
{
    const std::vector<fs::path> written = filesWritten(out);
    for (const std::string& input : inputs)
        for (const fs::path& file : filesRead(input))
            if (std::ranges::any_of(written, [&](const fs::path& own) { return isSameFile(own, file); }))
                throw Error(out + ": would replace " + input + ", which the vector is made from",
                    "give the result another name");
}

bool holdsSomething(const fs::path& path)
{
    std::error_code error;
    return (fs::is_regular_file(path, error) || fs::is_directory(path, error)) && !fs::is_empty(path, error)
        && !error;
}

bool isVector(const fs::path& path, const VectorFormat& format)
{
    for (SteeringVector (*read)(const fs::path&) : {format.read, &readVector}) {
        try {
            read(path);
            return true;
        } catch (const Error&) { // perhaps in another layout
        }
    }
    return false;
}

}

VectorOutput::VectorOutput(std::string path, std::string format, const std::vector<std::string>& inputs)
    : m_path(std::move(path))
    , m_format(std::move(format))
{
    const VectorFormat& layout = checkWritable(m_path, m_format);
    refuseInputs(m_path, inputs);
    m_replaces = std::ranges::any_of(filesWritten(m_path), holdsSomething);
    if (holdsSomething(m_path) && !isVector(m_path, layout))
        throw Error(m_path + ": is no vector, and only an earlier vector is replaced",
            "give the result another name, or delete what is there");
}

void VectorOutput::checkLayers(const std::set<int>& layers, int shift) const
{
    const VectorFormat& layout = checkWritable(m_path, m_format);
    LayerCurve fitting;
    for (const int layer : layers)
        if (layer >= layout.firstLayer)
            fitting[layer - shift] = 1;
    if (fitting.size() == layers.size())
        return;
    throw Error(
        m_path + ": a " + std::string(layout.title) + " cannot steer block 0, and the vector has layer 0",
        fitting.empty() ? "choose rotalabs or safetensors"
                        : "leave it out with --layers " + toString(fitting));
}

void VectorOutput::write(const SteeringVector& vector, int shift) const
{
    const VectorFormat& layout = checkWritable(m_path, m_format, vector.layerUnknown);
    if (vector.layerUnknown && layout.saysLayer)
        throw Error(m_path + ": the layout (" + std::string(layout.title)
                + ") names layers, and the vector does not say its layer",
            "say it with --layer L, or write a bare .pt, which names none");
    std::set<int> layers;
    for (const auto& [layer, direction] : vector.layers)
        layers.insert(layer);
    if (!vector.layerUnknown)
        checkLayers(layers, shift);
    writeVector(m_path, vector, m_format);
    if (m_replaces)
        note("replaced " + m_path);
}

}
