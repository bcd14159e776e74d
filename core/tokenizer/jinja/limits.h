#pragma once

#include "core/tokenizer/jinja/fault.h"

#include <cstddef>
#include <cstdint>

namespace tiller::jinja {

/// Nesting of a template's syntax and of its values; Python's own parser stops at about the same.
constexpr int maxNesting = 200;
/// Evaluations within one another, which is what a recursive macro spends.
constexpr int maxCallDepth = 2500;
/// One string, and the text that a template writes.
constexpr size_t maxTextBytes = size_t(16) << 20;
constexpr size_t maxSourceBytes = size_t(1) << 20;
constexpr size_t maxNameBytes = 1000;
/// As the sandbox of jinja2 has it.
constexpr size_t maxRangeItems = 100000;
/// Evaluated nodes, list items and runs of 64 bytes of text.
constexpr size_t maxSteps = 2'000'000;

/// What a rendering has spent. A template comes with a model from the network, so every loop and every copy
/// is charged and none can go on for ever. One thread.
class Budget {
public:
    void charge(size_t steps = 1)
    {
        if (steps > m_stepsLeft)
            throw Fault("the template takes too many steps");
        m_stepsLeft -= steps;
    }

    /// Before a text of so many bytes is made or scanned.
    void chargeText(size_t bytes)
    {
        if (bytes > maxTextBytes)
            throw Fault("the template makes a text above 16 MB");
        charge(1 + bytes / 64);
    }

    /// Before `count` copies of something of `size` bytes or items are made.
    void chargeCopies(size_t size, size_t count, bool text)
    {
        if (count && size > SIZE_MAX / count)
            throw Fault("the template makes a value that is too large");
        text ? chargeText(size * count) : charge(size * count);
    }

private:
    size_t m_stepsLeft = maxSteps;
};

/// Counts one level of recursion while it lives.
class DepthGuard {
public:
    DepthGuard(int& depth, int limit, const char* message)
        : m_depth(depth)
    {
        if (m_depth >= limit)
            throw Fault(message);
        ++m_depth;
    }
    ~DepthGuard() { --m_depth; }
    DepthGuard(const DepthGuard&) = delete;
    DepthGuard& operator=(const DepthGuard&) = delete;

private:
    int& m_depth;
};

}
