#include "core/base/error.h"
#include "core/steer/extractors/extractors_internal.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tiller {

namespace {

// One side: S = 1/n sum (h - mean) (h - mean)^T, shrunk towards a diagonal.
struct Side {
    dense::Matrix centred;
    std::vector<double> variance; ///< diagonal of S; 1 where it is zero
    double shrinkage = 0; ///< delta
    double diagonal = 0; ///< mu: mean of the diagonal of the correlation matrix, 1 unless a value is constant

    explicit Side(dense::Matrix rows)
        : centred(std::move(rows))
    {
        const std::vector<double> mean = dense::meanRow(centred);
        dense::centre(centred);
        const auto count = static_cast<double>(centred.rows());
        const auto width = static_cast<double>(centred.columns());
        variance.assign(centred.columns(), 0.0);
        for (size_t i = 0; i < centred.rows(); ++i)
            for (size_t k = 0; k < variance.size(); ++k)
                variance[k] += centred.row(i)[k] * centred.row(i)[k] / count;
        constexpr double epsilon = std::numeric_limits<double>::epsilon();
        for (size_t k = 0; k < variance.size(); ++k) {
            const double rounding = count * std::abs(mean[k]) * epsilon;
            if (variance[k] <= count * epsilon * variance[k] + rounding * rounding)
                variance[k] = 1;
        }

        dense::Matrix standard = centred;
        for (size_t i = 0; i < standard.rows(); ++i)
            for (size_t k = 0; k < variance.size(); ++k)
                standard.row(i)[k] /= std::sqrt(variance[k]);
        const dense::Matrix products = dense::gram(standard);
        double fourth = 0;
        for (size_t i = 0; i < products.rows(); ++i) {
            diagonal += products.row(i)[i] / (count * width);
            fourth += products.row(i)[i] * products.row(i)[i];
        }
        const double squares = dense::sumOfSquares(products) / (count * count);
        const double distance = (squares - width * diagonal * diagonal) / width;
        const double noise = (fourth / count - squares) / (width * count);
        shrinkage = distance > 0 ? std::clamp(noise / distance, 0.0, 1.0) : 0;
    }
};

// v = S_w^-1 (mean(h+) - mean(h-)) with the covariance within the sides: Fisher's linear discriminant, 1936.
// S_w = sum over the sides of n_side/n ((1 - delta) S + delta mu diag(S)), each side with the delta of Ledoit
// & Wolf 2004 (J. Multivariate Analysis 88) for its correlation matrix R = Y^T Y / n, Y its standardised
// rows:
//   delta = min(1, (1/n sum |y|^4 - |R|^2) / (n (|R|^2 - p mu^2))), |R| the Frobenius norm, mu = tr R / p
// That is LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto") of scikit-learn. v is in units of one
// over activation, so it is stored with norm 1. v . (mean(h+) - mean(h-)) > 0 as S_w is positive definite.
// S_w = D + Z^T Z with D diagonal and a row of Z for every text, so with M = Z D^-1/2 (Woodbury)
//   v = D^-1/2 (g - M^T (I + M M^T)^-1 M g), g = D^-1/2 (mean(h+) - mean(h-))
std::vector<float> fit(const ActivationBank& bank, int64_t layerIndex)
{
    std::vector<double> v = differenceOfMeans(bank, layerIndex);
    const Side sides[] = {Side(sideAt(bank, layerIndex, true)), Side(sideAt(bank, layerIndex, false))};
    const size_t texts = sides[0].centred.rows() + sides[1].centred.rows();
    const auto count = static_cast<double>(texts);

    double smallest = 0;
    std::vector<double> root(v.size(), 0.0); // of D
    for (const Side& side : sides) {
        const double share
            = static_cast<double>(side.centred.rows()) / count * side.shrinkage * side.diagonal;
        smallest += share;
        dense::addScaled(root.data(), share, side.variance.data(), root.size());
    }
    if (!(smallest > 1e-8))
        throw Error(layerName(bank, layerIndex)
                + ": how the texts of one side vary cannot be estimated from so few, or so equal, texts",
            "Give at least three different texts a side, or use mean_difference.");
    for (double& value : root)
        value = std::sqrt(value);

    dense::Matrix m(texts, v.size());
    size_t at = 0;
    for (const Side& side : sides) {
        const double weight = std::sqrt((1 - side.shrinkage) / count);
        for (size_t i = 0; i < side.centred.rows(); ++i, ++at)
            for (size_t k = 0; k < v.size(); ++k)
                m.row(at)[k] = weight * side.centred.row(i)[k] / root[k];
    }
    dense::Matrix system = dense::gram(m);
    for (size_t i = 0; i < texts; ++i)
        system.row(i)[i] += 1;

    for (size_t k = 0; k < v.size(); ++k)
        v[k] /= root[k];
    const auto inSpan = dense::Cholesky(std::move(system)).solve(dense::times(m, v));
    const auto taken = dense::transposedTimes(m, inSpan);
    for (size_t k = 0; k < v.size(); ++k)
        v[k] = (v[k] - taken[k]) / root[k];
    return toUnit(v);
}

}

const ExtractorInfo s_whitened{"whitened", "Whitened difference", fit, true, false};

}
