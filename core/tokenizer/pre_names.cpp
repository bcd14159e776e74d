#include "core/tokenizer/pre_names.h"

#include "core/tokenizer/pipeline/pre_tokenizer.h"

#include <map>

namespace tiller {

namespace {

// clang-format off
constexpr std::string_view s_digit = R"(\p{N})";

constexpr std::string_view s_llama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view s_qwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view s_qwen35 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr std::string_view s_deepseekCoderCjk = "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";
constexpr std::string_view s_deepseekLetters =
    "\\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377"
    "\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5"
    "\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D"
    "\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4"
    "\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D"
    "\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4"
    "\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06"
    "\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A\U00010400-\U0001044F\U000104B0-\U000104D3\U000104D8-\U000104FB"
    "\U00010C80-\U00010CB2\U00010CC0-\U00010CF2\U000118A0-\U000118DF\U0001E900-\U0001E943]+";
constexpr std::string_view s_deepseekMarks = "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+";
constexpr std::string_view s_deepseek3 =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr std::string_view s_tekken =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view s_gpt4o =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr std::string_view s_seedCoder =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view s_bailing =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)";
constexpr std::string_view s_exaoneMoe =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+)";
constexpr std::string_view s_bloom = " ?[^(\\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+";

std::map<std::string_view, PreName> makeTable()
{
    const PreName gpt2 {{gpt2Expression}};
    const PreName singleDigits {{s_digit, gpt2Expression}};
    const PreName llama3 {{s_llama3}, true, true};
    const PreName cl100k {{s_llama3}};
    const PreName qwen2 {{s_qwen2}};
    const PreName gpt4o {{s_gpt4o}};
    const PreName bailing {{s_bailing}};
    const PreName bloom {{s_bloom}};
    const PreName deepseek3 {{R"(\p{N}{1,3})", "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+", s_deepseek3}};
    return {
        {"default", {{R"([\p{P}$+<=>\^~|]+)", gpt2Expression, R"(\p{N}+)", "[0-9][0-9][0-9]"}}},
        {"gpt-2", gpt2}, {"phi-2", gpt2}, {"mpt", gpt2}, {"olmo", gpt2}, {"jais", gpt2}, {"trillion", gpt2},
        {"granite-docling", gpt2}, {"gigachat", gpt2}, {"a.x-4.0", gpt2}, {"mellum", gpt2}, {"exaone4", gpt2},
        {"smollm", singleDigits}, {"starcoder", singleDigits}, {"refact", singleDigits}, {"command-r", singleDigits},
        {"codeshell", singleDigits}, {"exaone", singleDigits}, {"minerva-7b", singleDigits}, {"mellum2", singleDigits},
        {"llama-bpe", llama3}, {"llama3", llama3}, {"llama-v3", llama3}, {"falcon3", llama3}, {"falcon-h1", llama3},
        {"pixtral", llama3}, {"lfm2", llama3}, {"midm-2.0", llama3},
        {"dbrx", cl100k}, {"smaug-bpe", cl100k}, {"chatglm-bpe", cl100k},
        {"glm4", {{s_llama3}, true}}, {"glm5", {{s_llama3}, true}},
        {"qwen2", qwen2}, {"stablelm2", qwen2}, {"deepseek-r1-qwen", qwen2}, {"megrez", qwen2}, {"hunyuan", qwen2},
        {"kormo", qwen2}, {"grok-2", qwen2}, {"solar-open", qwen2},
        {"qwen35", {{s_qwen35}}},
        {"gpt-4o", gpt4o}, {"llama4", gpt4o}, {"kanana2", gpt4o}, {"minimax-m2", gpt4o},
        {"tekken", {{s_tekken}, true, true}},
        {"falcon", {{R"([\p{P}$+<=>\^~|`]+)", gpt2Expression, "[0-9][0-9][0-9]"}}},
        {"deepseek-llm", {{R"([\r\n])", s_deepseekLetters, s_deepseekMarks, R"(\s+$)", s_deepseekCoderCjk, R"(\p{N}+)"}}},
        {"deepseek-coder", {{R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", s_deepseekCoderCjk, s_digit}}},
        {"deepseek-v3", deepseek3}, {"hunyuan-dense", deepseek3}, {"joyai-llm", deepseek3},
        {"seed-coder", {{s_seedCoder}}}, {"exaone-moe", {{s_exaoneMoe}}},
        {"bailingmoe", bailing}, {"bailingmoe2", bailing}, {"llada-moe", bailing},
        {"bloom", bloom}, {"poro-chat", bloom}, {"gpt3-finnish", bloom}, {"viking", {{s_bloom, s_digit}}},
        {"superbpe", {{R"(\p{N}+)", R"((?=(\d{3})+(?!\d)))"}}},
    };
}
// clang-format on

}

const PreName* findPreName(std::string_view name)
{
    static const std::map<std::string_view, PreName> s_table = makeTable();
    const auto found = s_table.find(name);
    return found == s_table.end() ? nullptr : &found->second;
}

}
