#include "core/io/pickle.h"

#include "core/io/byte_reader.h"
#include "core/io/text.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace tiller {

namespace {

using Kind = PickleValue::Kind;

constexpr size_t s_maxValues = 1 << 18; // a tensor takes about 20: room for ten thousand of them

constexpr auto s_remedy
    = "Save plain tensors: torch.save(tensor, path) or torch.save({\"name\": tensor}, path).";

struct Global {
    std::string_view name;
    Kind kind;
    DType dtype = DType::F32;
};

constexpr Global s_globals[] = {
    {"torch DoubleStorage", Kind::StorageType, DType::F64},
    {"torch FloatStorage", Kind::StorageType, DType::F32},
    {"torch HalfStorage", Kind::StorageType, DType::F16},
    {"torch BFloat16Storage", Kind::StorageType, DType::BF16},
    {"torch LongStorage", Kind::StorageType, DType::I64},
    {"torch IntStorage", Kind::StorageType, DType::I32},
    {"torch ShortStorage", Kind::StorageType, DType::I16},
    {"torch CharStorage", Kind::StorageType, DType::I8},
    {"torch ByteStorage", Kind::StorageType, DType::U8},
    {"torch BoolStorage", Kind::StorageType, DType::Bool},
    {"collections OrderedDict", Kind::OrderedDict},
    {"torch._utils _rebuild_tensor_v2", Kind::RebuildTensor},
    {"torch._utils _rebuild_parameter", Kind::RebuildParameter},
};

class Machine {
public:
    Machine(std::span<const std::byte> bytes, const std::string& origin)
        : m_reader(bytes, origin)
    {
    }

    Pickle run()
    {
        if (m_reader.read<uint8_t>("the pickle") != 0x80 || m_reader.read<uint8_t>("the pickle") != 2)
            m_reader.fail(
                "is not a pickle of protocol 2", "Save it with torch.save's default pickle_protocol.");
        while (step(m_reader.read<uint8_t>("the pickle"))) { }
        m_pickle.root = pop();
        if (!m_stack.empty() || !m_marks.empty() || m_reader.remaining() != 0)
            m_reader.fail("is a pickle with something left over");
        return std::move(m_pickle);
    }

private:
    /// One opcode; false after the last.
    bool step(uint8_t opcode)
    {
        switch (opcode) {
        case '.': // STOP
            return false;
        case 'c': // GLOBAL
            pushGlobal();
            break;
        case 'N': // NONE
            push({});
            break;
        case 0x88: // NEWTRUE
        case 0x89: // NEWFALSE
            push({.kind = Kind::Bool, .integer = opcode == 0x88});
            break;
        case 'K': // BININT1
            pushInteger(m_reader.read<uint8_t>("a number"));
            break;
        case 'M': // BININT2
            pushInteger(m_reader.read<uint16_t>("a number"));
            break;
        case 'J': // BININT
            pushInteger(m_reader.read<int32_t>("a number"));
            break;
        case 0x8A: // LONG1
            pushLong();
            break;
        case 'G': // BINFLOAT, the only big-endian thing here
            push({.kind = Kind::Float,
                .real = std::bit_cast<double>(__builtin_bswap64(m_reader.read<uint64_t>("a number")))});
            break;
        case 'X': // BINUNICODE
            pushString();
            break;
        case '(': // MARK
            m_marks.push_back(m_stack.size());
            break;
        case ')': // EMPTY_TUPLE
            push({.kind = Kind::Tuple});
            break;
        case 0x85: // TUPLE1 to TUPLE3
        case 0x86:
        case 0x87:
            pushTuple(popMany(opcode - 0x84u));
            break;
        case 't': // TUPLE
            pushTuple(popToMark());
            break;
        case ']': // EMPTY_LIST
            push({.kind = Kind::List});
            break;
        case 'a': // APPEND
            extend(Kind::List, popMany(1));
            break;
        case 'e': // APPENDS
            extend(Kind::List, popToMark());
            break;
        case '}': // EMPTY_DICT
            push({.kind = Kind::Dict});
            break;
        case 's': // SETITEM
            extend(Kind::Dict, popMany(2));
            break;
        case 'u': // SETITEMS
            extend(Kind::Dict, popToMark());
            break;
        case 'q': // BINPUT
            memorise(m_reader.read<uint8_t>("a memo"));
            break;
        case 'r': // LONG_BINPUT
            memorise(m_reader.read<uint32_t>("a memo"));
            break;
        case 'h': // BINGET
            recall(m_reader.read<uint8_t>("a memo"));
            break;
        case 'j': // LONG_BINGET
            recall(m_reader.read<uint32_t>("a memo"));
            break;
        case 'Q': // BINPERSID
            pushStorage();
            break;
        case 'R': // REDUCE
            reduce();
            break;
        case 'b': // BUILD
            build();
            break;
        default:
            m_reader.fail(
                "holds the pickle opcode " + std::to_string(opcode) + ", which is not allowed", s_remedy);
        }
        return true;
    }

    void push(PickleValue value)
    {
        if (m_pickle.values.size() == s_maxValues)
            m_reader.fail("holds more than " + std::to_string(s_maxValues) + " pickled objects");
        m_stack.push_back(static_cast<uint32_t>(m_pickle.values.size()));
        m_pickle.values.push_back(std::move(value));
    }

    void pushInteger(int64_t value) { push({.kind = Kind::Int, .integer = value}); }
    void pushTuple(std::vector<uint32_t> items) { push({.kind = Kind::Tuple, .items = std::move(items)}); }

    void pushLong()
    {
        const auto bytes = m_reader.take(m_reader.read<uint8_t>("a number"), "a number");
        if (bytes.size() > sizeof(int64_t))
            m_reader.fail("holds a number of more than 64 bits");
        const bool negative = !bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{};
        int64_t value = negative ? -1 : 0; // two's complement, little-endian
        std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(&value));
        pushInteger(value);
    }

    void pushString()
    {
        const auto size = m_reader.read<uint32_t>("a string");
        const auto text = m_reader.text(size, "a string");
        if (!isUtf8(text))
            m_reader.fail("holds a string that is not UTF-8");
        push({.kind = Kind::String, .text = std::string(text)});
    }

    std::string line()
    {
        constexpr size_t limit = 100;
        std::string text;
        for (char c; (c = m_reader.read<char>("a global's name")) != '\n';)
            if (text.size() < limit)
                text += c;
        return text;
    }

    void pushGlobal()
    {
        const std::string module = line();
        const std::string name = module + " " + line();
        const auto* known = std::find_if(std::begin(s_globals), std::end(s_globals),
            [&](const Global& global) { return global.name == name; });
        if (known == std::end(s_globals))
            m_reader.fail("asks for " + inQuotes(name) + ", which is not allowed", s_remedy);
        push({.kind = known->kind, .dtype = known->dtype});
    }

    uint32_t pop()
    {
        if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back()))
            m_reader.fail("is a pickle that takes more than it put");
        const uint32_t number = m_stack.back();
        m_stack.pop_back();
        return number;
    }

    std::vector<uint32_t> popMany(size_t count)
    {
        std::vector<uint32_t> items(count);
        for (size_t i = count; i-- > 0;)
            items[i] = pop();
        return items;
    }

    std::vector<uint32_t> popToMark()
    {
        if (m_marks.empty())
            m_reader.fail("is a pickle that lacks a mark");
        const size_t mark = m_marks.back();
        m_marks.pop_back();
        std::vector<uint32_t> items(m_stack.begin() + static_cast<std::ptrdiff_t>(mark), m_stack.end());
        m_stack.resize(mark);
        return items;
    }

    PickleValue& value(uint32_t number) { return m_pickle.values[number]; }

    PickleValue& top()
    {
        const uint32_t number = pop();
        m_stack.push_back(number);
        return value(number);
    }

    void extend(Kind kind, const std::vector<uint32_t>& items)
    {
        PickleValue& container = top();
        if (container.kind != kind || (kind == Kind::Dict && items.size() % 2 != 0))
            m_reader.fail("is a pickle that puts items into something that takes none");
        container.items.insert(container.items.end(), items.begin(), items.end());
    }

    void memorise(uint32_t slot)
    {
        if (slot >= s_maxValues)
            m_reader.fail("is a pickle with the memo number " + std::to_string(slot));
        top();
        m_memo[slot] = m_stack.back();
    }

    void recall(uint32_t slot)
    {
        const auto found = m_memo.find(slot);
        if (found == m_memo.end())
            m_reader.fail(
                "is a pickle that recalls the memo " + std::to_string(slot) + ", which it never made");
        m_stack.push_back(found->second);
    }

    void pushStorage()
    {
        const PickleValue& id = value(pop());
        const auto kindOf = [&](size_t i) { return value(id.items[i]).kind; };
        const bool valid = id.kind == Kind::Tuple && id.items.size() == 5 && kindOf(0) == Kind::String
            && value(id.items[0]).text == "storage" && kindOf(1) == Kind::StorageType
            && kindOf(2) == Kind::String && kindOf(3) == Kind::String && kindOf(4) == Kind::Int;
        if (!valid)
            m_reader.fail("has a malformed storage", s_remedy);
        push({.kind = Kind::Storage, .items = id.items});
    }

    void reduce()
    {
        const PickleValue& arguments = value(pop());
        const PickleValue& callable = value(pop());
        const auto& items = arguments.items;
        const auto kindOf = [&](size_t i) { return value(items[i]).kind; };
        if (arguments.kind != Kind::Tuple)
            m_reader.fail("is a pickle with a malformed call");

        if (callable.kind == Kind::OrderedDict && items.empty())
            push({.kind = Kind::Dict});
        else if (callable.kind == Kind::RebuildTensor && items.size() == 6 && kindOf(0) == Kind::Storage
            && kindOf(1) == Kind::Int && kindOf(2) == Kind::Tuple && kindOf(3) == Kind::Tuple)
            push({.kind = Kind::Tensor, .items = items});
        else if (callable.kind == Kind::RebuildParameter && items.size() == 3 && kindOf(0) == Kind::Tensor)
            m_stack.push_back(items[0]);
        else
            m_reader.fail("holds a pickled call that is not allowed", s_remedy);
    }

    // An OrderedDict may carry attributes (state_dict's _metadata): of no use here.
    void build()
    {
        const PickleValue& state = value(pop());
        if (state.kind != Kind::Dict || top().kind != Kind::Dict)
            m_reader.fail("is a pickle that sets attributes where none are allowed", s_remedy);
    }

    ByteReader m_reader;
    Pickle m_pickle;
    std::vector<uint32_t> m_stack; // numbers of values
    std::vector<size_t> m_marks; // heights of the stack
    std::unordered_map<uint32_t, uint32_t> m_memo;
};

}

Pickle parsePickle(std::span<const std::byte> bytes, const std::string& origin)
{
    return Machine(bytes, origin).run();
}

}
