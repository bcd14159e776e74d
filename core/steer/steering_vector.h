#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tiller {

/// The direction of one layer, as stored, with what its extraction measured.
struct LayerVector {
    std::vector<float> values; ///< [hidden]
    std::optional<double> positiveProjection; ///< mean projection of the positive side on u
    std::optional<double> negativeProjection;
    std::optional<double> meanResidualNorm; ///< of the texts it was extracted from, at this layer

    double norm() const;
    /// |v| / mean residual norm: the push of strength 1. Nothing without a mean residual norm.
    std::optional<double> pushPerUnit() const;
    /// A projection on u where -1 is the mean of the negative side and +1 that of the positive one. Nothing
    /// where the vector does not carry them, or they are equal.
    std::optional<double> onPairScale(double projection) const;
};

/// One direction for one layer, or a set over layers, with where it comes from. A direction whose file names
/// no layer (a bare .pt, a JSON array) has `layerUnknown` and stands at layer 0.
struct SteeringVector {
    std::string name; ///< behaviour: "formality"
    std::map<int, LayerVector> layers;
    bool layerUnknown = false;

    std::string modelName;
    std::string modelFingerprint; ///< empty when the file does not say
    std::string method; ///< "mean_difference"; "mix" of what was made of other vectors
    std::string expression; ///< of a mix, where it was written: "1.0*a.pt + 0.5*b.pt"
    std::string readPosition;
    std::string normalisation; ///< "none", "unit", "residual"
    std::string positiveLabel;
    std::string negativeLabel;
    int pairs = 0; ///< that it was fitted to; 0: not known, or labelled examples
    std::string createdAt; ///< ISO 8601
    std::string sourceFormat; ///< "rotalabs", "pt", ... when read from a file

    size_t width() const { return layers.empty() ? 0 : layers.begin()->second.values.size(); }
    bool single() const { return layers.size() == 1; }
};

/// Where steering starts when nobody has said a layer: the largest push in the middle half of the network, or
/// the stored layer nearest to the middle; the middle for a direction that names none.
int startLayer(const SteeringVector& vector, int layerCount);

double dot(const std::vector<float>& a, const std::vector<float>& b);
double cosine(const std::vector<float>& a, const std::vector<float>& b); ///< 0 when one is zero

}
