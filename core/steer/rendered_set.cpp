#include "core/steer/rendered_set.h"

#include <exception>

namespace tiller {

namespace {

class ItemRenderer {
public:
    ItemRenderer(const Renderer& renderer, const ReadPosition& read, const CancelToken& cancel)
        : m_renderer(renderer)
        , m_read(read)
        , m_cancel(cancel)
    {
    }

    RenderedSet set;
    std::exception_ptr firstFault;

    void begin(int row, bool enabled, int64_t label)
    {
        m_item = {row, label, {}, {}};
        m_enabled = enabled;
        m_readable = true;
    }

    void side(const ContrastText& prompt, const ContrastText& text, const std::string& where)
    {
        m_cancel.check();
        if (!m_readable)
            return;
        try {
            RenderedText rendered = m_renderer.render(prompt, text);
            auto positions = m_read.positions(rendered);
            m_item.answerTokens.push_back(static_cast<int>(rendered.ids.size()) - rendered.headLength);
            m_item.sides.push_back({std::move(rendered.ids), std::move(positions)});
        } catch (const TemplateError& error) {
            leaveOut(TemplateError(where + ": " + error.what(), error.remedy()));
        } catch (const Error& error) {
            leaveOut(Error(where + ": " + error.what(), error.remedy()));
        }
    }

    void end()
    {
        if (m_readable)
            (m_enabled ? set.used : set.setAside).push_back(std::move(m_item));
    }

private:
    template <typename Fault>
    void leaveOut(const Fault& fault)
    {
        m_readable = false;
        if (!m_enabled)
            return;
        set.leftOut.push_back({m_item.row, fault.what(), fault.remedy()});
        if (!firstFault)
            firstFault = std::make_exception_ptr(fault);
    }

    const Renderer& m_renderer;
    const ReadPosition& m_read;
    const CancelToken& m_cancel;
    RenderedItem m_item;
    bool m_enabled = true;
    bool m_readable = true;
};

}

RenderedSet renderSet(
    const ContrastSet& set, const Renderer& renderer, const ReadPosition& read, const CancelToken& cancel)
{
    if (set.size() == 0)
        throw Error("the contrast set is empty", "Add pairs, or open a contrast set.");
    ItemRenderer items(renderer, read, cancel);
    for (size_t i = 0; i < set.pairs.size(); ++i) {
        const ContrastPair& pair = set.pairs[i];
        const std::string where = "pair " + std::to_string(i + 1) + ", ";
        items.begin(static_cast<int>(i), pair.enabled, 0);
        items.side(pair.prompt, pair.positive, where + set.positiveLabel);
        items.side(pair.prompt, pair.negative, where + set.negativeLabel);
        items.end();
    }
    for (size_t i = 0; set.pairs.empty() && i < set.labelled.size(); ++i) {
        const LabelledExample& example = set.labelled[i];
        items.begin(static_cast<int>(i), example.enabled, example.label);
        items.side({}, example.text, "example " + std::to_string(i + 1));
        items.end();
    }
    if (items.set.used.empty() && items.firstFault)
        std::rethrow_exception(items.firstFault);
    if (items.set.used.empty())
        throw Error("every item of the contrast set is switched off", "Use some of them again.");
    return std::move(items.set);
}

}
