#pragma once

namespace tiller {

/// Makes plots graphics with a name and a description; call before the first is used. Repeated calls do
/// nothing.
void installPlotAccessibility();

}
