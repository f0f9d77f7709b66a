// Do two networks have the same modules, such as one network trained from two seeds? (docs/theory.md §4.5) Their
// features have no common numbering: they are matched by how they vary over the same data, then the partitions of
// matched features are compared.
//   const ModuleAgreement found = module_agreement({values_a, modules_a}, {values_b, modules_b});
#pragma once
#include <tuple>

#include "interp/modules/partition.h"

namespace basin::interp {

// The features of a network by node layer, the constant left out.
struct ModularFeatures {
  std::vector<Matrix> values{};                      // [rows, features]: what they are on the data
  std::vector<std::vector<std::int64_t>> modules{};  // of each feature, numbered through all layers; below 0: of none
};

inline auto fields(ModularFeatures& f) { return std::tie(f.values, f.modules); }

struct FeaturePair {
  std::size_t layer = 0;
  std::int64_t a = 0, b = 0;  // features of the two networks
  double correlation = 0;     // |Pearson's r| over the rows, above 0 and at most 1
};

// Layer by layer, features one to one such that the sum of |r| is the largest there is; by layer, then by a. Signs and
// scales of features have no say. One that does not vary (deviation below 1e-13 of its root mean square) has no r and
// no partner, nor do those that the wider network has more. ShapeError unless both have equally many layers, all tables
// equally many rows, and modules as many numbers as features; NumericalError for values that are not finite.
std::vector<FeaturePair> match_features(const ModularFeatures& a, const ModularFeatures& b);

// Over pairs of which both features are in a module: whether one alone is says nothing here, `compared` does. A label
// that one feature has is a module too. NaN if fewer than two are compared.
struct ModuleAgreement {
  std::vector<FeaturePair> pairs{};
  std::int64_t compared = 0;
  double adjusted_rand = 0, mutual_information = 0, variation = 0;  // as in partition.h, both of these normalised
};
ModuleAgreement module_agreement(const ModularFeatures& a, const ModularFeatures& b);  // errors: those of matching

}  // namespace basin::interp
