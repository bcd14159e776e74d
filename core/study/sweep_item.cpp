#include "core/study/sweep_item.h"

#include <algorithm>

namespace tiller {

SweepItem sweepItem(const Renderer& renderer, const ContrastPair& pair)
{
    const RenderedText positive = renderer.render(pair.prompt, pair.positive);
    const RenderedText negative = renderer.render(pair.prompt, pair.negative);
    const auto headOf = [](const RenderedText& text) {
        return std::vector<TokenId>(text.ids.begin(), text.ids.begin() + text.headLength);
    };
    const auto answerOf = [](const RenderedText& text) {
        return std::vector<TokenId>(text.ids.begin() + text.headLength, text.ids.end());
    };
    if (headOf(positive) != headOf(negative))
        throw Error("The sides do not follow the same text", "Give both the same prompt and system prompt.");
    SweepItem item{headOf(positive), answerOf(positive), answerOf(negative), nullptr};
    if (item.head.empty() && !item.positive.empty() && !item.negative.empty()
        && item.positive.front() == item.negative.front()) {
        item.head = {item.positive.front()};
        item.positive.erase(item.positive.begin());
        item.negative.erase(item.negative.begin());
    }
    if (item.head.empty())
        throw Error("Nothing comes before the sides that could make one likelier", "Give the pair a prompt.");
    if (item.positive.empty() || item.negative.empty())
        throw Error("A side has no tokens after what both share");
    return item;
}

}
