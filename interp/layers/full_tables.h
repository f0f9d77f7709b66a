// What one sweep says of each dense layer, kept: where the data fit in memory, everything about the layers and about J
// is read from these tables.
#pragma once
#include "core/tensor.h"
#include "interp/layers/dense_network.h"

namespace basin::interp {

struct FullTable {
  Matrix F, B;   // f~^l [n, d~_l] and B^{l+1} [n k, d_{l+1}], with all their columns
  Matrix pre{};  // p^{l+1} [n, d_{l+1}]
};

// By layer, as network.layers. One sweep; memory of n (sum d~_l + (k + 1) sum d_{l+1}) numbers. Errors: those of sweep.
std::vector<FullTable> full_tables(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options = {});

}  // namespace basin::interp
