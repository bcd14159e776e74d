#include "core/base/error.h"
#include "core/io/text.h"
#include "core/steer/extractors/extractors_internal.h"

namespace tiller {

const std::vector<ExtractorInfo>& extractors()
{
    static const std::vector<ExtractorInfo> all{
        s_meanDifference,
        s_caa,
        s_pcaDiff,
        s_pcaCenter,
        s_repePca,
        s_logistic,
        s_whitened,
    };
    return all;
}

const ExtractorInfo& findExtractor(std::string_view name)
{
    std::string known;
    for (const ExtractorInfo& extractor : extractors()) {
        if (extractor.name == name)
            return extractor;
        known += (known.empty() ? "" : ", ") + std::string(extractor.name);
    }
    throw Error("extraction method " + inQuotes(name) + " is not known", "Known: " + known + ".");
}

}
