"""What scikit-learn makes of small banks of activations, for tests/light/tst_extractor.cpp.

    pip install numpy scikit-learn safetensors
    python make_extractor_goldens.py          # writes extractors.safetensors beside itself

Banks (fewer texts than dimensions, layers of different size, one dominant and one constant dimension):
  pairs.activations     [12, 2, 3, 40]   positive side first
  labelled.activations  [23, 1, 3, 40]   with labelled.labels [23], in no order
  smollm2: the activations of ../smollm2/golden.safetensors, which are not repeated here
Directions [layers, hidden] of each bank, of any length; those of the principal components with any sign:
  <bank>.logistic    LogisticRegression(C=1), followed to the minimum
  <bank>.whitened    LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
  <bank>.repe_pca    PCA(1) of all activations
  <bank>.pca_diff    PCA(1) of the pairs' differences
  <bank>.pca_center  PCA(1) of the differences and their negatives
"""
import pathlib

import numpy as np
import sklearn
from safetensors.numpy import load_file, save_file
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20)
LAYERS, HIDDEN = 3, 40


def synthetic(labels, topics):
    """[texts, layers, hidden]: a class direction, topics shared by the two sides of a pair, noise, outliers."""
    texts = len(labels)
    out = np.empty((texts, LAYERS, HIDDEN))
    for layer, size in enumerate((0.2, 1.0, 30.0)):
        spread = np.exp(rng.normal(0, 0.7, HIDDEN))
        spread[7] = 40
        direction = rng.normal(0, 1, HIDDEN) * (0.5 + 0.5 * layer)
        topic = rng.normal(0, 1, (max(topics) + 1, HIDDEN))
        x = 0.6 * np.outer(2 * np.array(labels) - 1, direction) + topic[topics] + rng.normal(0, 1, (texts, HIDDEN))
        x = size * (x * spread + rng.normal(0, 3, HIDDEN))
        x[:, 11] = 0.25
        out[:, layer] = x
    return out.astype(np.float32)


def directions(name, x, y, pairs):
    """x [texts, layers, hidden]; of pairs all positives, then all negatives in the same order."""
    found = {}

    def add(method, of_layer):
        found[f"{name}.{method}"] = np.stack([of_layer(x[:, l].astype(np.float64)) for l in range(x.shape[1])])

    def logistic(h):
        probe = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=10000).fit(h - h.mean(0), y)
        w = probe.coef_[0]
        p = 1 / (1 + np.exp(-(h - h.mean(0)) @ w - probe.intercept_))
        slope = w - (h - h.mean(0)).T @ (y - p)
        assert np.linalg.norm(slope) < 1e-6 * np.linalg.norm(w), np.linalg.norm(slope) / np.linalg.norm(w)
        return w

    add("logistic", logistic)
    add("whitened", lambda h: LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(h, y).coef_[0])
    first = lambda d: PCA(1, svd_solver="full").fit(d).components_[0]
    add("repe_pca", first)
    if pairs:
        half = len(y) // 2
        add("pca_diff", lambda h: first(h[:half] - h[half:]))
        add("pca_center", lambda h: first(np.concatenate([h[:half] - h[half:], h[half:] - h[:half]])))
    return found


tensors = {}
x = synthetic([1] * 12 + [0] * 12, list(range(12)) * 2)
tensors["pairs.activations"] = np.stack([x[:12], x[12:]], axis=1)
tensors |= directions("pairs", x, np.array([1] * 12 + [0] * 12), True)

labels = rng.permutation([1] * 9 + [0] * 14)
x = synthetic(list(labels), list(range(23)))
tensors["labelled.activations"] = x[:, None]
tensors["labelled.labels"] = labels.astype(np.int64)
tensors |= directions("labelled", x, labels, False)

golden = load_file(here / "../smollm2/golden.safetensors")
x = np.concatenate([golden[f"activations.{side}.completion_mean"] for side in ("positive", "negative")])
tensors |= directions("smollm2", x, np.array([1] * 16 + [0] * 16), True)

tensors = {k: v if v.dtype == np.int64 else v.astype(np.float32) for k, v in tensors.items()}
tensors = {k: np.ascontiguousarray(v) for k, v in tensors.items()}
save_file(tensors, here / "extractors.safetensors", {"scikit-learn": sklearn.__version__, "numpy": np.__version__})
