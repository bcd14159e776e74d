#pragma once

#include <cstddef>
#include <vector>

// The little dense linear algebra that the fits need, in double. Sums have a fixed order, so that an input
// gives the same bits on every run, with any number of threads and with every SIMD target of a processor
// family.
namespace tiller::dense {

/// Row-major. Rows lie `stride` apart: `columns`, rounded up to whole SIMD vectors, the rest zeros.
class Matrix {
public:
    Matrix(size_t rows, size_t columns);

    size_t rows() const { return m_rows; }
    size_t columns() const { return m_columns; }
    size_t stride() const { return m_stride; }
    double* row(size_t i) { return m_values.data() + i * m_stride; }
    const double* row(size_t i) const { return m_values.data() + i * m_stride; }

private:
    size_t m_rows;
    size_t m_columns;
    size_t m_stride;
    std::vector<double> m_values;
};

double dot(const double* a, const double* b, size_t count);
double dot(const std::vector<double>& a, const std::vector<double>& b);
/// y += factor x
void addScaled(double* y, double factor, const double* x, size_t count);

std::vector<double> times(const Matrix& x, const std::vector<double>& v); ///< x v
std::vector<double> transposedTimes(const Matrix& x, const std::vector<double>& v); ///< x^T v
Matrix gram(const Matrix& x); ///< x x^T
double sumOfSquares(const Matrix& x);
std::vector<double> meanRow(const Matrix& x);
/// Takes the mean row from every row.
void centre(Matrix& x);

/// a = L L^T of a symmetric positive definite matrix, of which the lower half is read. Error where it is not
/// positive definite in double precision.
class Cholesky {
public:
    explicit Cholesky(Matrix a);
    std::vector<double> solve(std::vector<double> b) const;

private:
    Matrix m_lower;
};

/// Unit right singular vector of the largest singular value: the eigenvector of the largest eigenvalue of
/// x^T x, with either sign. x must not be all zeros.
std::vector<double> mainDirection(const Matrix& x);

}
