#include "interp/jacobian/jacobian_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/blas.h"
#include "core/matrix.h"
#include "core/parallel.h"
#include "core/share_rows.h"
#include "core/small_gemm.h"

namespace basin::interp {
namespace {

constexpr std::int64_t table_rows_at_once = 2048;

std::vector<std::int64_t> nonzero_columns(const Matrix& a) {
  std::vector<std::int64_t> found;
  for (std::int64_t j = 0; j < a.cols(); ++j)
    for (std::int64_t i = 0; i < a.rows(); ++i)
      if (a(i, j) != 0) {
        found.push_back(j);
        break;
      }
  return found;
}

Matrix select(const Matrix& a, const std::vector<std::int64_t>& columns) {
  Matrix out({a.rows(), std::int64_t(columns.size())});
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < out.cols(); ++j) out(i, j) = a(i, columns[j]);
  return out;
}

// sum_a B_ai B'_ai' of samples [first, first + count), one after another: [count, outputs outputs'].
Matrix output_pairs(const LayerTable& s, const LayerTable& t, std::int64_t k, std::int64_t first, std::int64_t count) {
  const std::int64_t e = s.B.cols(), e2 = t.B.cols();
  Matrix pairs({count, e * e2});
  for (std::int64_t x = 0; x < count; ++x)
    small_gemm_tn(e, e2, k, s.B.row((first + x) * k).data(), e, t.B.row((first + x) * k).data(), e2,
                  pairs.row(x).data(), e2);
  return pairs;
}

// Adds to rows [row + j e, row + (j + 1) e) of G, from input j of s against the inputs from_input… of t.
void add_input(Matrix& gram, const LayerTable& s, const LayerTable& t, const Matrix& pairs, std::int64_t first,
               std::int64_t j, std::int64_t from_input, std::int64_t row, std::int64_t column) {
  const std::int64_t count = pairs.rows(), e = s.B.cols(), e2 = t.B.cols(), inputs = t.F.cols() - from_input;
  Matrix products({count, inputs}), sums({inputs, e * e2});
  for (std::int64_t x = 0; x < count; ++x)
    for (std::int64_t i = 0; i < inputs; ++i) products(x, i) = s.F(first + x, j) * t.F(first + x, from_input + i);
  gemm(true, false, inputs, e * e2, count, 1.0, products.data.data(), inputs, pairs.data.data(), e * e2, 0.0,
       sums.data.data(), e * e2);
  for (std::int64_t i = 0; i < inputs; ++i)
    for (std::int64_t o = 0; o < e; ++o) {
      double* to = gram.row(row + j * e + o).data() + column + (from_input + i) * e2;
      const double* from = sums.row(i).data() + o * e2;
      for (std::int64_t o2 = 0; o2 < e2; ++o2) to[o2] += from[o2];
    }
}

}  // namespace

LayerTable layer_table(const Matrix& F, const Matrix& B) {
  const std::vector<std::int64_t> in = nonzero_columns(F), out = nonzero_columns(B);
  LayerTable table{select(F, in), select(B, out), {}};
  for (std::int64_t j : in)
    for (std::int64_t i : out) table.places.push_back(j * B.cols() + i);
  return table;
}

std::int64_t JacobianTables::columns() const {
  std::int64_t columns = 0;
  for (const LayerTable& t : layers) columns += t.columns();
  return columns;
}

JacobianTables jacobian_tables(const std::vector<FullTable>& tables) {
  const std::int64_t samples = tables.front().F.rows();
  JacobianTables kept{samples, tables.front().B.rows() / samples, {}};
  for (const FullTable& t : tables) kept.layers.push_back(layer_table(t.F, t.B));
  return kept;
}

JacobianTables jacobian_tables(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options) {
  return jacobian_tables(full_tables(network, inputs, options));
}

namespace {

// The rows of one layer's inputs, from the diagonal on.
void add_layer(Matrix& gram, const JacobianTables& tables, std::size_t l, std::int64_t row,
               const std::vector<std::int64_t>& inputs, int threads) {
  std::int64_t column = row;
  for (std::size_t m = l; m < tables.layers.size(); column += tables.layers[m++].columns()) {
    const LayerTable &s = tables.layers[l], &t = tables.layers[m];
    for (std::int64_t first = 0; first < tables.samples; first += table_rows_at_once) {
      const std::int64_t count = std::min(table_rows_at_once, tables.samples - first);
      const Matrix pairs = output_pairs(s, t, tables.outputs, first, count);
      parallel_for(threads, std::ssize(inputs), [&](std::int64_t at, int) {
        const std::int64_t j = inputs[std::size_t(at)];
        add_input(gram, s, t, pairs, first, j, l == m ? j : 0, row, column);
      });
    }
  }
}

}  // namespace

// Entry (l, j, i; m, j', i') is the sum over x of f_j f'_j' times (sum_a B_ai B'_ai'). A piece is the rows of an input.
Matrix parameter_gram(const JacobianTables& tables, int threads) {
  const std::int64_t n = tables.columns();
  Matrix gram({n, n});
  std::vector<std::int64_t> starts, first_piece, first_row;
  std::int64_t row = 0;
  for (const LayerTable& t : tables.layers) {
    first_piece.push_back(std::ssize(starts)), first_row.push_back(row);
    for (std::int64_t j = 0; j < t.F.cols(); ++j, row += t.B.cols()) starts.push_back(row);
  }
  share_rows(gram, starts, fmt::format("the Gram matrix of {} parameters", n), [&](const auto& own) {
    for (std::size_t l = 0; l < tables.layers.size(); ++l) {
      std::vector<std::int64_t> inputs;
      for (const std::int64_t piece : own)
        if (const std::int64_t j = piece - first_piece[l]; j >= 0 && j < tables.layers[l].F.cols()) inputs.push_back(j);
      add_layer(gram, tables, l, first_row[l], inputs, threads);
    }
  });
  mirror_upper(gram);
  return gram;
}

}  // namespace basin::interp
