#pragma once

namespace tiller {

/// Makes token texts readable to screen readers; call before the first is used. Repeated calls do nothing.
void installTokenTextAccessibility();

}
