// Products with J = d output / d theta from its tables, k times cheaper than with J in hand and in memory of the tables
// and the vectors: what core/product_svd.h needs for ranks and null spaces.
#pragma once
#include "core/product_svd.h"
#include "interp/jacobian/jacobian_tables.h"

namespace basin::interp {

// J without its zero columns, which the tables have dropped, and J^T. The tables must outlive what is returned.
ProductMatrix jacobian_products(const JacobianTables& tables, int threads);
ProductMatrix transposed_products(const JacobianTables& tables, int threads);

}  // namespace basin::interp
