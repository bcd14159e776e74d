#include "core/study/scatter.h"

#include "core/base/error.h"
#include "core/steer/extractors/dense_internal.h"

#include <algorithm>
#include <cmath>

namespace tiller {

namespace {

dense::Matrix textsOf(const ActivationBank& bank, int64_t layerIndex)
{
    const auto width = static_cast<size_t>(bank.hidden);
    dense::Matrix rows(static_cast<size_t>(bank.items * bank.sides), width);
    for (int64_t item = 0; item < bank.items; ++item)
        for (int64_t side = 0; side < bank.sides; ++side)
            std::copy_n(bank.at(item, side, layerIndex), width,
                rows.row(static_cast<size_t>(item * bank.sides + side)));
    return rows;
}

bool isPositive(const ActivationBank& bank, size_t text)
{
    return bank.sides == 2 ? text % 2 == 0 : bank.labels[text] == 1;
}

void turn(std::vector<double>& axis)
{
    for (double& value : axis)
        value = -value;
}

// Zeros where nothing is left to vary, but rounding of the `total` that there was.
std::vector<double> mainAxis(const dense::Matrix& rows, double total)
{
    constexpr double rounding = 1e-12;
    if (!(dense::sumOfSquares(rows) > rounding * total))
        return std::vector<double>(rows.columns(), 0.0);
    return dense::mainDirection(rows);
}

void takeOut(dense::Matrix& rows, const std::vector<double>& axis)
{
    const std::vector<double> along = dense::times(rows, axis);
    for (size_t i = 0; i < rows.rows(); ++i)
        dense::addScaled(rows.row(i), -along[i], axis.data(), axis.size());
}

std::vector<double> unitOf(const std::vector<float>& direction, int64_t width)
{
    if (static_cast<int64_t>(direction.size()) != width)
        throw Error("the vector has " + std::to_string(direction.size()) + " values and the activations have "
            + std::to_string(width));
    std::vector<double> unit(direction.begin(), direction.end());
    const double norm = std::sqrt(dense::dot(unit, unit));
    for (double& value : unit)
        value = norm > 0 ? value / norm : 0;
    return unit;
}

}

Scatter scatter(const ActivationBank& bank, int64_t layerIndex, const std::vector<float>& direction,
    ScatterAxes axes, const ActivationBank& setAside)
{
    Scatter result;
    dense::Matrix rows = textsOf(bank, layerIndex);
    if (rows.rows() == 0)
        return result;
    const std::vector<double> mean = dense::meanRow(rows);
    dense::centre(rows);
    const double total = dense::sumOfSquares(rows);

    std::vector<double> first;
    if (axes == ScatterAxes::Direction) {
        first = unitOf(direction, bank.hidden);
    } else {
        first = mainAxis(rows, total);
        const std::vector<double> along = dense::times(rows, first);
        double sum[2] = {};
        double count[2] = {};
        for (size_t text = 0; text < along.size(); ++text) {
            sum[isPositive(bank, text)] += along[text];
            ++count[isPositive(bank, text)];
        }
        if (sum[1] * count[0] < sum[0] * count[1]) // of the mean projections
            turn(first);
    }
    dense::Matrix beside = rows;
    takeOut(beside, first);
    std::vector<double> second = mainAxis(beside, total);
    const auto larger = [](double a, double b) { return std::abs(a) < std::abs(b); };
    if (*std::ranges::max_element(second, larger) < 0)
        turn(second);

    const auto place = [&](const dense::Matrix& centred) {
        const std::vector<double> x = dense::times(centred, first);
        const std::vector<double> y = dense::times(centred, second);
        std::vector<Scatter::Point> points;
        for (size_t i = 0; i < x.size(); ++i)
            points.push_back({x[i], y[i]});
        return points;
    };
    result.points = place(rows);
    for (const Scatter::Point& point : result.points)
        for (size_t axis = 0; axis < 2; ++axis)
            result.shares[axis] += total > 0 ? point[axis] * point[axis] / total : 0;
    if (setAside.items > 0) {
        if (setAside.hidden != bank.hidden)
            throw Error("the texts set aside have activations of another width");
        dense::Matrix others = textsOf(setAside, layerIndex);
        for (size_t i = 0; i < others.rows(); ++i)
            dense::addScaled(others.row(i), -1, mean.data(), mean.size());
        result.setAside = place(others);
    }
    return result;
}

}
