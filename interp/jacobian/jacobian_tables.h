// What J = d output / d theta is made of: a row is a Kronecker product of f~^l(x) and B^{l+1}_a(x) (docs/theory.md §2),
// so these tables give its Gram matrix, some 2 k times cheaper than from J itself, and products (jacobian_products.h).
#pragma once
#include "core/tensor.h"
#include "interp/layers/full_tables.h"

namespace basin::interp {

// f~ and B of a layer, without columns that are zero on all data: those belong to zero columns of J^l.
struct LayerTable {
  Matrix F, B;                       // [n, inputs kept], [n k, outputs kept]
  std::vector<std::int64_t> places;  // column of J^l (interp/jacobian_kernel.h), for input after input each output

  std::int64_t columns() const { return std::int64_t(places.size()); }
};

// Drops the zero columns of f~ [n, d~] and B [n k, d].
LayerTable layer_table(const Matrix& F, const Matrix& B);

struct JacobianTables {
  std::int64_t samples = 0, outputs = 0;
  std::vector<LayerTable> layers{};  // as network.layers

  std::int64_t rows() const { return samples * outputs; }
  std::int64_t columns() const;
};

JacobianTables jacobian_tables(const std::vector<FullTable>& tables);
// Memory of n (sum d~_l + k sum d_{l+1}) numbers. Errors: those of sweep.
JacobianTables jacobian_tables(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options = {});

// J^T J for the columns kept, those of a layer behind those of the layer before. Bit-equal for any number of threads.
Matrix parameter_gram(const JacobianTables& tables, int threads);

}  // namespace basin::interp
