#pragma once

namespace tiller {

/// Makes sliders speak their value and range; call before the first is used. Repeated calls do nothing.
void installStrengthSliderAccessibility();

}
