#include "core/tokenizer/jinja/access.h"
#include "core/tokenizer/jinja/arithmetic.h"
#include "core/tokenizer/jinja/comparison.h"
#include "core/tokenizer/jinja/filters.h"
#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/iteration.h"
#include "core/tokenizer/jinja/strings.h"
#include "core/tokenizer/jinja/text.h"
#include "core/tokenizer/jinja/unicode.h"

#include <algorithm>
#include <unordered_set>

namespace tiller::jinja {

namespace {

Value length(Interpreter&, const Value& input, const Arguments& arguments)
{
    const Parameters none("len", arguments, {});
    return Value::size(lengthOf(input));
}

Value first(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("first", arguments, {});
    Value item;
    return iterate(interpreter.budget, input)(item) ? item
                                                    : Value::undefined("No first item, sequence was empty.");
}

bool isReversible(const Value& value)
{
    return hasLength(value);
}

Value last(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("last", arguments, {});
    if (!isReversible(input))
        throw Fault("'" + typeName(input) + "' object is not reversible");
    const Values items = collect(interpreter.budget, input);
    return items.empty() ? Value::undefined("No last item, sequence was empty.") : items.back();
}

Value list(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("list", arguments, {});
    return makeList(collect(interpreter.budget, input));
}

Pull pullFrom(Values items)
{
    return [items = std::move(items), i = size_t(0)](Value& out) mutable {
        if (i >= items.size())
            return false;
        out = items[i++];
        return true;
    };
}

Value reversed(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("reverse", arguments, {});
    if (input.isString()) {
        std::u32string letters = decode(input.string());
        interpreter.budget.chargeText(input.string().size());
        std::reverse(letters.begin(), letters.end());
        return Value(encode(letters));
    }
    Values items = collect(interpreter.budget, input);
    std::reverse(items.begin(), items.end());
    return isReversible(input)
        ? makeIterator(pullFrom(std::move(items)), input.depth() + 1, "list_reverseiterator")
        : makeList(std::move(items));
}

Value joined(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("join", arguments, {"d", "attribute"});
    Budget& budget = interpreter.budget;
    const std::string separator = given.has(0) ? toText(budget, given[0]) : "";
    const AttributePath path(interpreter, given.get(1, Value()));
    std::string out;
    bool isFirst = true;
    const Pull pull = iterate(budget, input);
    for (Value item; pull(item); isFirst = false) {
        const std::string piece = (isFirst ? "" : separator) + toText(budget, path(item));
        budget.chargeText(out.size() + piece.size() > maxTextBytes ? maxTextBytes + 1 : piece.size());
        out += piece;
    }
    return Value(std::move(out));
}

/// What sorting and grouping go by: an attribute, in lower case unless case counts.
Value sortKey(Budget& budget, const AttributePath& path, const Value& item, bool caseSensitive)
{
    Value key = path(item);
    if (key.isString())
        budget.chargeText(key.string().size());
    return !caseSensitive && key.isString() ? Value(lower(key.string())) : key;
}

/// Stable, as Python's sorted(); by keys that belong to the items.
Values sortedBy(Interpreter& interpreter, const Values& items, const Values& keys, bool reverse)
{
    std::vector<size_t> order(items.size());
    for (size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return reverse ? lessThan(interpreter.budget, keys[b], keys[a])
                       : lessThan(interpreter.budget, keys[a], keys[b]);
    });
    Values out;
    out.reserve(items.size());
    for (const size_t i : order)
        out.push_back(items[i]);
    return out;
}

Value sorted(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("sort", arguments, {"reverse", "case_sensitive", "attribute"});
    const bool caseSensitive = given.truth(1, false);
    std::vector<AttributePath> paths;
    if (given.given(2) && given[2].isString()) {
        const std::string comma = ",";
        for (const Value& part : split(interpreter.budget, given[2].string(), &comma, -1, false))
            paths.emplace_back(interpreter, part);
    } else {
        paths.emplace_back(interpreter, given.get(2, Value()));
    }
    const Values items = collect(interpreter.budget, input);
    Values keys;
    for (const Value& item : items) {
        Values parts;
        for (const auto& path : paths)
            parts.push_back(sortKey(interpreter.budget, path, item, caseSensitive));
        keys.push_back(makeList(std::move(parts)));
    }
    return makeList(sortedBy(interpreter, items, keys, given.truth(0, false)));
}

Value dictSorted(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("dictsort", arguments, {"case_sensitive", "by", "reverse"});
    if (input.isUndefined())
        throw Fault(input.message());
    if (!input.is(Type::Dict))
        throw Fault("'" + typeName(input) + "' object has no attribute 'items'");
    const std::string by = given.has(1) ? given.string(1) : "key";
    if (by != "key" && by != "value")
        throw Fault("You can only sort by either \"key\" or \"value\"");
    const AttributePath whole(interpreter, Value());
    Values items;
    Values keys;
    for (const auto& [key, value] : input.as<Dict>().entries.pairs()) {
        items.push_back(makeTuple({key, value}));
        keys.push_back(sortKey(interpreter.budget, whole, by == "key" ? key : value, given.truth(0, false)));
    }
    return makeList(sortedBy(interpreter, items, keys, given.truth(2, false)));
}

Value unique(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("unique", arguments, {"case_sensitive", "attribute"});
    const auto pull
        = [&budget = interpreter.budget, pull = iterate(interpreter.budget, input),
              path = AttributePath(interpreter, given.get(1, Value())), caseSensitive = given.truth(0, false),
              seen = std::make_shared<std::unordered_set<std::string>>()](Value& out) {
              while (pull(out)) {
                  if (seen->insert(hashKey(budget, sortKey(budget, path, out, caseSensitive))).second)
                      return true;
              }
              return false;
          };
    return makeIterator(pull, input.depth() + 1);
}

template <bool wantLargest>
Value extreme(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given(wantLargest ? "max" : "min", arguments, {"case_sensitive", "attribute"});
    const AttributePath path(interpreter, given.get(1, Value()));
    const bool caseSensitive = given.truth(0, false);
    std::optional<Value> best;
    Value bestKey;
    const Pull pull = iterate(interpreter.budget, input);
    for (Value item; pull(item);) {
        Value key = sortKey(interpreter.budget, path, item, caseSensitive);
        const bool better = !best
            || (wantLargest ? order(interpreter.budget, key, bestKey, ">") > 0
                            : lessThan(interpreter.budget, key, bestKey));
        if (better) {
            best = item;
            bestKey = std::move(key);
        }
    }
    return best.value_or(Value::undefined("No aggregated item, sequence was empty."));
}

Value total(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("sum", arguments, {"attribute", "start"});
    const AttributePath path(interpreter, given.get(0, Value()));
    Value sum = given.get(1, Value(int64_t(0)));
    if (sum.isString())
        throw Fault("sum() can't sum strings [use ''.join(seq) instead]");
    const Pull pull = iterate(interpreter.budget, input);
    for (Value item; pull(item);)
        sum = calculate(interpreter, Operator::Add, sum, path(item));
    return sum;
}

Value batches(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("batch", arguments, {"linecount", "fill_with"}, 1);
    const auto size = static_cast<size_t>(std::max<int64_t>(given.integer(0, 1), 0));
    Values rows;
    Values row;
    const Pull pull = iterate(interpreter.budget, input);
    for (Value item; pull(item);) {
        if (row.size() == size)
            rows.push_back(makeList(std::exchange(row, {})));
        row.push_back(item);
    }
    if (!row.empty()) {
        if (given.given(1) && row.size() < size) {
            interpreter.budget.charge(size);
            row.resize(size, given[1]);
        }
        rows.push_back(makeList(std::move(row)));
    }
    return makeIterator(pullFrom(std::move(rows)), input.depth() + 3);
}

Value slices(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("slice", arguments, {"slices", "fill_with"}, 1);
    const Values items = collect(interpreter.budget, input);
    const int64_t wanted = given.integer(0, 1);
    if (wanted == 0)
        throw Fault("integer division or modulo by zero");
    const size_t count = wanted < 0 ? 0 : static_cast<size_t>(wanted);
    interpreter.budget.charge(count);
    Values columns;
    size_t start = 0;
    for (size_t i = 0; i < count; ++i) {
        const bool extra = i < items.size() % count;
        const size_t size = items.size() / count + (extra ? 1 : 0);
        const auto from = items.begin() + static_cast<std::ptrdiff_t>(start);
        Values column(from, from + static_cast<std::ptrdiff_t>(size));
        if (given.given(1) && !extra)
            column.push_back(given[1]);
        columns.push_back(makeList(std::move(column)));
        start += size;
    }
    return makeIterator(pullFrom(std::move(columns)), input.depth() + 3);
}

Value grouped(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("groupby", arguments, {"attribute", "default", "case_sensitive"}, 1);
    const bool caseSensitive = given.truth(2, false);
    std::optional<Value> fallback;
    if (given.given(1))
        fallback = given[1];
    const AttributePath path(interpreter, given[0], fallback);
    const auto keysOf = [&](const Values& items) {
        Values keys;
        for (const Value& item : items)
            keys.push_back(sortKey(interpreter.budget, path, item, caseSensitive));
        return keys;
    };
    const Values unsorted = collect(interpreter.budget, input);
    const Values items = sortedBy(interpreter, unsorted, keysOf(unsorted), false);
    const Values keys = keysOf(items);
    Values groups;
    for (size_t start = 0, end = 0; start < items.size(); start = end) {
        while (end < items.size() && equals(interpreter.budget, keys[start], keys[end]))
            ++end;
        if (end == start)
            end = start + 1;
        const Values members(items.begin() + static_cast<std::ptrdiff_t>(start),
            items.begin() + static_cast<std::ptrdiff_t>(end));
        groups.push_back(makeSequence(Type::Tuple, {path(members[0]), makeList(members)}, true));
    }
    return makeList(std::move(groups));
}

Value pairs(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("items", arguments, {});
    if (!input.isUndefined() && !input.is(Type::Dict))
        throw Fault("Can only get item pairs from a mapping.");
    Values items;
    if (input.is(Type::Dict)) {
        const auto& entries = input.as<Dict>().entries.pairs();
        interpreter.budget.charge(entries.size());
        for (const auto& [key, value] : entries)
            items.push_back(makeTuple({key, value}));
    }
    return makeIterator(pullFrom(std::move(items)), input.depth() + 2);
}

}

std::vector<NamedFilter> sequenceFilters()
{
    return {{"batch", batches}, {"count", length}, {"dictsort", dictSorted}, {"first", first},
        {"groupby", grouped}, {"items", pairs}, {"join", joined}, {"last", last}, {"length", length},
        {"list", list}, {"max", extreme<true>}, {"min", extreme<false>}, {"reverse", reversed},
        {"slice", slices}, {"sort", sorted}, {"sum", total}, {"unique", unique}};
}

}
