#pragma once

#include "core/base/error.h"
#include "core/io/blocks.h"
#include "core/io/checkpoint.h"
#include "core/io/safetensors.h"

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// What the tests that compare with reference numbers share.
namespace goldens {

inline std::filesystem::path data(const std::string& relative)
{
    return std::filesystem::path(TILLER_TEST_DATA) / relative;
}

inline std::vector<float> floats(const tiller::SafetensorsFile& file, const std::string& name)
{
    const tiller::TensorView* t = file.find(name);
    if (!t)
        throw tiller::Error("no golden " + name);
    std::vector<float> values(static_cast<size_t>(t->count()));
    tiller::toFloat32(t->dtype, t->data, values);
    return values;
}

inline std::vector<int32_t> ids(const tiller::SafetensorsFile& file, const std::string& name)
{
    const tiller::TensorView* t = file.find(name);
    if (!t)
        throw tiller::Error("no golden " + name);
    std::vector<int32_t> values;
    for (int64_t i = 0; i < t->count(); ++i) {
        int64_t id = 0;
        std::memcpy(&id, t->data.data() + i * 8, 8);
        values.push_back(static_cast<int32_t>(id));
    }
    return values;
}

/// Largest difference, relative to the largest magnitude of the golden.
inline double deviation(const float* got, const float* golden, size_t count)
{
    double most = 0;
    double difference = 0;
    for (size_t i = 0; i < count; ++i) {
        most = std::max(most, std::abs(static_cast<double>(golden[i])));
        const double d = std::abs(static_cast<double>(got[i]) - static_cast<double>(golden[i]));
        difference = std::isnan(d) ? INFINITY : std::max(difference, d);
    }
    return difference / most;
}

/// |got - golden| / |golden|
inline double relativeError(const float* got, const float* golden, size_t count)
{
    double difference = 0;
    double size = 0;
    for (size_t i = 0; i < count; ++i) {
        const double d = static_cast<double>(got[i]) - static_cast<double>(golden[i]);
        difference += d * d;
        size += static_cast<double>(golden[i]) * static_cast<double>(golden[i]);
    }
    return std::sqrt(difference / size);
}

inline double cosine(const float* a, const float* b, size_t count)
{
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (size_t i = 0; i < count; ++i) {
        ab += static_cast<double>(a[i]) * static_cast<double>(b[i]);
        aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
        bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
    }
    return ab / std::sqrt(aa * bb);
}

inline double norm(const float* a, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; ++i)
        sum += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    return std::sqrt(sum);
}

}
