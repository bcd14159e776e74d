#include "core/base/error.h"
#include "core/steer/extractors/dense_internal.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace tiller::dense {

namespace {

// Without fused multiply-add, which would round otherwise than the target without it.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) // which is not ready when clones are chosen
#define TILLER_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define TILLER_CLONES
#endif
#define TILLER_INLINE inline __attribute__((always_inline))

constexpr size_t s_lanes = 4;
using Lanes = double __attribute__((vector_size(s_lanes * sizeof(double))));

using UnalignedLanes
    = double __attribute__((vector_size(s_lanes * sizeof(double)), aligned(alignof(double)), may_alias));

// A function that returns lanes would have another ABI on every target.
TILLER_INLINE const UnalignedLanes& lanesAt(const double* from)
{
    return *reinterpret_cast<const UnalignedLanes*>(from);
}

TILLER_INLINE double sum(const Lanes& lanes)
{
    return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

// out[r] = a[r] . b. The rows share the loads of b, and their sums do not wait for each other.
template <size_t Rows>
TILLER_INLINE void dots(const double* const (&a)[Rows], const double* b, size_t count, double (&out)[Rows])
{
    constexpr size_t chains = Rows == 1 ? 4 : 2;
    Lanes sums[Rows][chains] = {};
    size_t k = 0;
    for (; k + chains * s_lanes <= count; k += chains * s_lanes) {
#pragma GCC unroll 4
        for (size_t c = 0; c < chains; ++c) {
            const Lanes right = lanesAt(b + k + c * s_lanes);
#pragma GCC unroll 4
            for (size_t r = 0; r < Rows; ++r)
                sums[r][c] += lanesAt(a[r] + k + c * s_lanes) * right;
        }
    }
    for (size_t r = 0; r < Rows; ++r) {
        Lanes all = sums[r][0];
        for (size_t c = 1; c < chains; ++c)
            all += sums[r][c];
        double rest = 0;
        for (size_t i = k; i < count; ++i)
            rest += a[r][i] * b[i];
        out[r] = sum(all) + rest;
    }
}

TILLER_CLONES double dotOf(const double* a, const double* b, size_t count)
{
    double result[1];
    dots<1>({a}, b, count, result);
    return result[0];
}

TILLER_CLONES void addScaledTo(double* y, double factor, const double* x, size_t count)
{
    for (size_t k = 0; k < count; ++k)
        y[k] += factor * x[k];
}

// Products of rows i .. i + 3 with all rows up to them. A tile of 4 x 2 keeps its sums in registers.
TILLER_CLONES void gramRows(
    const double* x, size_t rows, size_t stride, size_t i, double* out, size_t outStride)
{
    constexpr size_t high = 4;
    constexpr size_t wide = 2;
    const size_t last = rows - 1;
    const double* a[high];
    for (size_t r = 0; r < high; ++r)
        a[r] = x + (i + r < last ? i + r : last) * stride;
    for (size_t j = 0; j < rows && j < i + high; j += wide) {
        const double* const b[wide] = {x + j * stride, x + (j < last ? j + 1 : last) * stride};
        Lanes sums[high][wide] = {};
        for (size_t k = 0; k < stride; k += s_lanes) {
            const Lanes right[wide] = {lanesAt(b[0] + k), lanesAt(b[1] + k)};
#pragma GCC unroll 4
            for (size_t r = 0; r < high; ++r) {
                const Lanes left = lanesAt(a[r] + k);
                sums[r][0] += left * right[0];
                sums[r][1] += left * right[1];
            }
        }
        for (size_t r = 0; r < high && i + r < rows; ++r)
            for (size_t c = 0; c < wide && j + c < rows; ++c)
                out[(i + r) * outStride + j + c] = sum(sums[r][c]);
    }
}

// In place, four rows at a time; false at the first pivot that is not positive.
TILLER_CLONES bool factorise(double* a, size_t size, size_t stride)
{
    constexpr size_t high = 4;
    for (size_t i = 0; i < size; i += high) {
        size_t done = 0; // columns of these rows
        if (i + high <= size) {
            double* const row[high]
                = {a + i * stride, a + (i + 1) * stride, a + (i + 2) * stride, a + (i + 3) * stride};
            const double* const read[high] = {row[0], row[1], row[2], row[3]};
            for (; done < i; ++done) {
                const double* column = a + done * stride;
                double products[high];
                dots<high>(read, column, done, products);
                for (size_t r = 0; r < high; ++r)
                    row[r][done] = (row[r][done] - products[r]) / column[done];
            }
        }
        for (size_t r = i; r < size && r < i + high; ++r) {
            double* row = a + r * stride;
            double product[1];
            for (size_t j = done; j < r; ++j) {
                dots<1>({row}, a + j * stride, j, product);
                row[j] = (row[j] - product[0]) / a[j * stride + j];
            }
            dots<1>({row}, row, r, product);
            const double pivot = row[r] - product[0];
            if (!(pivot > 0 && pivot <= std::numeric_limits<double>::max()))
                return false;
            row[r] = std::sqrt(pivot);
        }
    }
    return true;
}

void scale(std::vector<double>& v, double factor)
{
    for (double& value : v)
        value *= factor;
}

// Neither parallel nor orthogonal to anything that activations contain: uniform numbers of a fixed seed
// (splitmix64, Steele et al. 2014).
std::vector<double> startVector(size_t size)
{
    std::vector<double> start(size);
    uint64_t state = 0;
    for (double& value : start) {
        state += 0x9E3779B97F4A7C15U;
        uint64_t bits = state;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9U;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBU;
        bits ^= bits >> 31;
        value = static_cast<double>(bits >> 11) * 0x1p-52 - 1;
    }
    scale(start, 1 / std::sqrt(dot(start, start)));
    return start;
}

// Symmetric tridiagonal, with positive numbers beside the diagonal.
struct Tridiagonal {
    std::vector<double> diagonal;
    std::vector<double> beside;

    // Pivots of shift I - T; false unless all are positive, that is unless shift is above every eigenvalue.
    bool pivots(double shift, std::vector<double>& pivot) const
    {
        for (size_t i = 0; i < diagonal.size(); ++i) {
            pivot[i] = shift - diagonal[i];
            if (i > 0)
                pivot[i] -= beside[i - 1] * beside[i - 1] / pivot[i - 1];
            if (!(pivot[i] > 0))
                return false;
        }
        return true;
    }
};

// Largest eigenvalue, by bisection to the last bit, and its unit eigenvector, by inverse iteration from
// above: all its numbers are positive, so nothing cancels.
std::pair<double, std::vector<double>> largestEigenpair(const Tridiagonal& t)
{
    const size_t size = t.diagonal.size();
    std::vector<double> pivot(size);
    double low = t.diagonal[0];
    double high = t.diagonal[0];
    for (size_t i = 0; i < size; ++i) {
        const double radius = (i > 0 ? t.beside[i - 1] : 0) + (i + 1 < size ? t.beside[i] : 0);
        low = std::max(low, t.diagonal[i]);
        high = std::max(high, t.diagonal[i] + radius); // Gershgorin
    }
    high += std::abs(high) * 1e-12;
    while (!t.pivots(high, pivot))
        high += std::abs(high) * 1e-9;
    for (;;) {
        const double middle = low + (high - low) / 2;
        if (!(middle > low && middle < high))
            break;
        (t.pivots(middle, pivot) ? high : low) = middle;
    }
    t.pivots(high, pivot);
    std::vector<double> x(size, 1.0);
    for (int round = 0; round < 3; ++round) {
        for (size_t i = 1; i < size; ++i)
            x[i] += t.beside[i - 1] / pivot[i - 1] * x[i - 1];
        x[size - 1] /= pivot[size - 1];
        for (size_t i = size - 1; i-- > 0;)
            x[i] = (x[i] + t.beside[i] * x[i + 1]) / pivot[i];
        scale(x, 1 / *std::ranges::max_element(x)); // their squares could overflow
        scale(x, 1 / std::sqrt(dot(x, x)));
    }
    return {high, std::move(x)};
}

}

Matrix::Matrix(size_t rows, size_t columns)
    : m_rows(rows)
    , m_columns(columns)
    , m_stride((columns + s_lanes - 1) / s_lanes * s_lanes)
    , m_values(rows * m_stride, 0.0)
{
}

double dot(const double* a, const double* b, size_t count)
{
    return dotOf(a, b, count);
}

double dot(const std::vector<double>& a, const std::vector<double>& b)
{
    return dotOf(a.data(), b.data(), a.size());
}

void addScaled(double* y, double factor, const double* x, size_t count)
{
    addScaledTo(y, factor, x, count);
}

std::vector<double> times(const Matrix& x, const std::vector<double>& v)
{
    std::vector<double> result(x.rows());
    for (size_t i = 0; i < x.rows(); ++i)
        result[i] = dot(x.row(i), v.data(), x.columns());
    return result;
}

std::vector<double> transposedTimes(const Matrix& x, const std::vector<double>& v)
{
    std::vector<double> result(x.columns(), 0.0);
    for (size_t i = 0; i < x.rows(); ++i)
        addScaled(result.data(), v[i], x.row(i), x.columns());
    return result;
}

Matrix gram(const Matrix& x)
{
    Matrix result(x.rows(), x.rows());
    for (size_t i = 0; i < x.rows(); i += 4)
        gramRows(x.row(0), x.rows(), x.stride(), i, result.row(0), result.stride());
    for (size_t i = 0; i < x.rows(); ++i)
        for (size_t j = 0; j < i; ++j)
            result.row(j)[i] = result.row(i)[j];
    return result;
}

double sumOfSquares(const Matrix& x)
{
    double sum = 0;
    for (size_t i = 0; i < x.rows(); ++i)
        sum += dot(x.row(i), x.row(i), x.columns());
    return sum;
}

std::vector<double> meanRow(const Matrix& x)
{
    std::vector<double> mean(x.columns(), 0.0);
    for (size_t i = 0; i < x.rows(); ++i)
        addScaled(mean.data(), 1, x.row(i), x.columns());
    for (double& value : mean)
        value /= static_cast<double>(x.rows());
    return mean;
}

void centre(Matrix& x)
{
    const std::vector<double> mean = meanRow(x);
    for (size_t i = 0; i < x.rows(); ++i)
        addScaled(x.row(i), -1, mean.data(), x.columns());
}

Cholesky::Cholesky(Matrix a)
    : m_lower(std::move(a))
{
    if (!factorise(m_lower.row(0), m_lower.rows(), m_lower.stride()))
        throw Error("the activations differ too much in size to be fitted in double precision",
            "Use another extraction method, for example mean_difference.");
}

std::vector<double> Cholesky::solve(std::vector<double> b) const
{
    for (size_t i = 0; i < b.size(); ++i)
        b[i] = (b[i] - dot(m_lower.row(i), b.data(), i)) / m_lower.row(i)[i];
    for (size_t i = b.size(); i-- > 0;) {
        b[i] /= m_lower.row(i)[i];
        addScaled(b.data(), -b[i], m_lower.row(i), i);
    }
    return b;
}

// Lanczos 1950 in the smaller of the two spaces, every vector orthogonalised against all before it (twice:
// Parlett 1998, section 6.9): a few dozen products with x, where a full decomposition takes seconds for some
// hundred rows.
std::vector<double> mainDirection(const Matrix& x)
{
    constexpr double tolerance = 1e-12;
    const bool ofRows = x.rows() <= x.columns();
    const size_t size = ofRows ? x.rows() : x.columns();
    const double trace = sumOfSquares(x);

    std::vector<std::vector<double>> basis{startVector(size)};
    Tridiagonal t;
    std::vector<double> weights;
    for (;;) {
        const std::vector<double>& q = basis.back();
        std::vector<double> next = ofRows ? times(x, transposedTimes(x, q)) : transposedTimes(x, times(x, q));
        t.diagonal.push_back(dot(next, q));
        for (int round = 0; round < 2; ++round)
            for (const std::vector<double>& earlier : basis)
                addScaled(next.data(), -dot(next, earlier), earlier.data(), size);
        const double left = std::sqrt(dot(next, next));
        const bool exhausted = basis.size() == size || !(left > 1e-15 * trace);
        if (exhausted || basis.size() % 4 == 0) {
            const auto [value, vector] = largestEigenpair(t);
            weights = vector;
            if (exhausted || left * std::abs(vector.back()) <= tolerance * value)
                break;
        }
        t.beside.push_back(left);
        scale(next, 1 / left);
        basis.push_back(std::move(next));
    }

    std::vector<double> direction(size, 0.0);
    for (size_t i = 0; i < basis.size(); ++i)
        addScaled(direction.data(), weights[i], basis[i].data(), size);
    if (ofRows)
        direction = transposedTimes(x, direction);
    scale(direction, 1 / std::sqrt(dot(direction, direction)));
    return direction;
}

}
