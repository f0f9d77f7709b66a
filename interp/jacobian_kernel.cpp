#include "interp/jacobian_kernel.h"

#include <algorithm>

#include "interp/jacobian_products.h"

namespace basin::interp {
namespace {

// `kept` are the columns of the tables among `columns` of the matrix; the others are zero and have unit vectors.
JacobianKernel kernel_of(const JacobianTables& tables, const std::vector<std::int64_t>& kept, std::int64_t columns,
                         double relative_tolerance, int threads) {
  const ProductSvd svd = product_svd(jacobian_products(tables, threads), relative_tolerance, threads);
  JacobianKernel kernel{.rank = decide_rank(svd.values, relative_tolerance)};
  const std::int64_t among_kept = std::int64_t(kept.size()) - kernel.rank.rank;
  kernel.basis = Matrix({columns - kernel.rank.rank, columns});
  for (std::int64_t i = 0; i < among_kept; ++i) {
    const std::span<const double> from = svd.lowest.row(svd.lowest.rows() - among_kept + i);
    for (std::size_t j = 0; j < kept.size(); ++j) kernel.basis(i, kept[j]) = from[j];
  }
  std::vector<bool> is_zero(columns, true);
  for (std::int64_t column : kept) is_zero[column] = false;
  for (std::int64_t column = 0, row = among_kept; column < columns; ++column)
    if (is_zero[column]) kernel.basis(row++, column) = 1;
  return kernel;
}

}  // namespace

std::vector<JacobianKernel> layer_kernels(const DenseNetwork& network, const Inputs& inputs, double relative_tolerance,
                                          const SweepOptions& options) {
  JacobianTables tables = jacobian_tables(network, inputs, options);
  std::vector<JacobianKernel> kernels;
  for (std::size_t l = 0; l < tables.layers.size(); ++l) {
    const JacobianTables layer{tables.samples, tables.outputs, {std::move(tables.layers[l])}};
    kernels.push_back(
        kernel_of(layer, layer.layers[0].places, network.layers[l].parameters(), relative_tolerance, options.threads));
  }
  return kernels;
}

JacobianKernel jacobian_kernel(const DenseNetwork& network, const Inputs& inputs, double relative_tolerance,
                               const SweepOptions& options) {
  const JacobianTables tables = jacobian_tables(network, inputs, options);
  std::vector<std::int64_t> kept;
  std::int64_t first = 0;
  for (std::size_t l = 0; l < tables.layers.size(); first += network.layers[l++].parameters())
    for (std::int64_t place : tables.layers[l].places) kept.push_back(first + place);
  return kernel_of(tables, kept, first, relative_tolerance, options.threads);
}

}  // namespace basin::interp
