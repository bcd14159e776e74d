#include "core/base/error.h"
#include "core/steer/extractors/extractors_internal.h"

#include <algorithm>
#include <cmath>

namespace tiller {

namespace {

constexpr double s_c = 1; // weight of the data against the penalty

// The minimum of 1/2 a^T K a + C sum log(1 + e^(-y f)) with f = K a + b. Newton's method in the form of
// iteratively reweighted least squares: with p = sigmoid(f), W = C p (1 - p) and targets t = 0 or 1, a step
// solves (K + W^-1) a + b = f + C W^-1 (t - p) with sum a = 0, made symmetric and well conditioned as
// I + W^1/2 K W^1/2 (Rasmussen & Williams 2006, section 3.4).
class KernelLogistic {
public:
    KernelLogistic(const dense::Matrix& kernel, size_t positives)
        : m_kernel(kernel)
        , m_positives(positives)
        , m_current(valuesOf(std::vector<double>(kernel.rows(), 0.0), 0))
    {
    }

    std::vector<double> solve()
    {
        constexpr int mostSteps = 200;
        for (int step = 0; step < mostSteps; ++step)
            if (advance())
                return m_current.a;
        throw Error("the logistic probe did not converge", "Use whitened or mean_difference.");
    }

private:
    struct Point {
        std::vector<double> a;
        double b = 0;
        std::vector<double> f;
        double objective = 0;
    };

    double target(size_t i) const { return i < m_positives ? 1 : 0; }

    void evaluate(Point& point) const
    {
        double loss = 0;
        double penalty = 0;
        for (size_t i = 0; i < point.a.size(); ++i) {
            const double margin = target(i) > 0 ? point.f[i] : -point.f[i];
            loss += std::max(-margin, 0.0) + std::log1p(std::exp(-std::abs(margin)));
            penalty += point.a[i] * (point.f[i] - point.b) / 2;
        }
        point.objective = penalty + s_c * loss;
    }

    Point valuesOf(std::vector<double> a, double b) const
    {
        Point point{std::move(a), b, {}, 0};
        point.f = dense::times(m_kernel, point.a);
        for (double& value : point.f)
            value += b;
        evaluate(point);
        return point;
    }

    // (1 - share) x + share y: f is linear in a and b.
    Point between(const Point& x, const Point& y, double share) const
    {
        Point point = x;
        for (size_t i = 0; i < x.a.size(); ++i) {
            point.a[i] += share * (y.a[i] - x.a[i]);
            point.f[i] += share * (y.f[i] - x.f[i]);
        }
        point.b += share * (y.b - x.b);
        evaluate(point);
        return point;
    }

    // One step; true where it was the last: the error left is the square of one that was small already.
    bool advance()
    {
        constexpr double leastCurvature = 1e-290;
        const size_t size = m_kernel.rows();
        const Point& x = m_current;
        std::vector<double> pull(size); // C (t - p)
        std::vector<double> root(size); // W^1/2
        std::vector<double> right(size);
        for (size_t i = 0; i < size; ++i) {
            const double sign = 2 * target(i) - 1;
            const double wrong = 1 / (1 + std::exp(sign * x.f[i])); // |t - p|, exact however small
            pull[i] = s_c * sign * wrong;
            root[i] = std::sqrt(s_c * std::max(wrong * (1 - wrong), leastCurvature));
            right[i] = root[i] * x.f[i] + pull[i] / root[i];
        }
        dense::Matrix system(size, size);
        for (size_t i = 0; i < size; ++i) {
            for (size_t j = 0; j <= i; ++j)
                system.row(i)[j] = root[i] * m_kernel.row(i)[j] * root[j];
            system.row(i)[i] += 1;
        }
        const dense::Cholesky factor(std::move(system));
        std::vector<double> a = factor.solve(std::move(right));
        const std::vector<double> ofOnes = factor.solve(root);
        const double b = dense::dot(root, a) / dense::dot(root, ofOnes);
        for (size_t i = 0; i < size; ++i)
            a[i] = root[i] * (a[i] - b * ofOnes[i]);

        Point next = valuesOf(std::move(a), b);
        double slope = 0; // of the objective along the step, at its start
        for (size_t i = 0; i < size; ++i)
            slope += (x.f[i] - x.b) * (next.a[i] - x.a[i]) - pull[i] * (next.f[i] - x.f[i]);
        if (!(slope < -1e-9 * x.objective)) {
            if (next.objective <= x.objective)
                m_current = std::move(next);
            return true;
        }
        const Point full = next;
        for (double share = 1; next.objective > x.objective + 1e-4 * share * slope;) {
            share /= 2;
            if (share < 1e-9)
                return true;
            next = between(x, full, share);
        }
        m_current = std::move(next);
        return false;
    }

    const dense::Matrix& m_kernel;
    size_t m_positives;
    Point m_current;
};

// Weights w of a logistic probe: the minimum of 1/2 |w|^2 + C sum log(1 + e^(-y (w.h + b))) over all texts,
// y = +1 and -1, C = 1, b free; as scikit-learn's LogisticRegression with its defaults, followed to the
// minimum. The activations are not standardised, so w is a direction of the residual stream as it stands; its
// length has no meaning there, so it is stored with norm 1. Probes as steering directions: Li et al. 2023,
// arXiv 2306.03341.
// w = sum a (h - mean(h)) for some a (the shift only moves b), so everything happens in the Gram matrix of
// the texts. w . (mean(h+) - mean(h-)) > 0 at the minimum, as the objective is convex and falls from w = 0
// that way: the sign needs no rule.
std::vector<float> fit(const ActivationBank& bank, int64_t layerIndex)
{
    differenceOfMeans(bank, layerIndex); // refuses equal sides
    dense::Matrix h = textsAt(bank, layerIndex);
    dense::centre(h);
    const dense::Matrix kernel = dense::gram(h);
    const size_t positives = classRows(bank, layerIndex, true).size();
    return toUnit(dense::transposedTimes(h, KernelLogistic(kernel, positives).solve()));
}

}

const ExtractorInfo s_logistic{"logistic", "Logistic probe", fit, true};

}
