#pragma once

#include "core/tokenizer/jinja/value.h"

namespace tiller::jinja {

class Interpreter;

/// The `loop` of a for block. It looks ahead only as far as it is asked to, since a filter of the loop may
/// depend on what the body does.
class Loop : public Object, public std::enable_shared_from_this<Loop> {
public:
    /// Renders the loop's body over other items, for recursive loops.
    using Recurse = std::function<Value(Interpreter&, const Value& items, int depth0)>;

    /// `length` where it is known beforehand; `recurse` is empty unless the loop is recursive.
    Loop(Pull pull, std::optional<size_t> length, int nesting, int depth0, Recurse recurse);

    bool advance(Value& item);
    /// Lets go of all items.
    void finish();
    Value call(Interpreter& interpreter, const Arguments& arguments) const;
    std::optional<Value> attribute(std::string_view name) const override;
    std::string description() const override;

private:
    size_t length() const;
    bool peek() const;
    Value cycler() const;
    Value changeDetector() const;

    Pull m_pull;
    mutable std::optional<size_t> m_length;
    mutable Values m_ahead; ///< taken and not yet used, the next one last
    const int m_depth0;
    const Recurse m_recurse;
    size_t m_taken = 0; ///< by advance()
    Value m_previous;
    Value m_current;
    mutable std::optional<Value> m_lastSeen; ///< by loop.changed()
};

}
