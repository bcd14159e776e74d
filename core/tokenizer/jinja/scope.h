#pragma once

#include "core/tokenizer/jinja/value.h"

namespace tiller::jinja {

struct Scope;
using ScopePtr = std::shared_ptr<Scope>;

/// The names of a block of a template, and of those around it.
struct Scope {
    explicit Scope(ScopePtr outer)
        : parent(std::move(outer))
    {
    }

    const Value* find(const std::string& name, Budget& budget) const
    {
        constexpr int scopesPerStep = 8;
        int passed = 0;
        for (const Scope* scope = this; scope; scope = scope->parent.get()) {
            const auto found = scope->names.find(name);
            if (found != scope->names.end())
                return &found->second;
            if (++passed % scopesPerStep == 0)
                budget.charge();
        }
        return nullptr;
    }

    const ScopePtr parent;
    std::unordered_map<std::string, Value> names;
};

}
