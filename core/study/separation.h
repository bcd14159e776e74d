#pragma once

#include <vector>

namespace tiller {

/// Share of (positive, negative) combinations in which the positive is higher; ties count half. This is the
/// area under the ROC curve: 1 where a threshold parts the sides, 0.5 where the numbers know nothing. NaN
/// where one side is empty.
double areaUnderCurve(std::vector<double> positive, std::vector<double> negative);

}
