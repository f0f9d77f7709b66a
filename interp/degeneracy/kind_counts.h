// The free directions of one network by what explains them, as numbers that can be added up over networks.
#pragma once
#include "interp/degeneracy/degeneracy.h"

namespace basin::interp {

struct KindCounts {
  std::string family = {};  // what it has in common with others, such as "depth 2"
  std::int64_t parameters = 0;
  std::int64_t hidden = 0;            // hidden neurons, each with its rescaling
  std::int64_t free = 0;              // N - rank J
  std::int64_t low_rank = 0;          // kinds (a) and (b)
  std::int64_t gauge = 0;             // kind (c): rank Phi
  std::int64_t naive = 0;             // the kinds added up, overlaps and all
  std::int64_t with_conditional = 0;  // the conditional bound, which is never below (*)
  std::int64_t with_patterns = 0;     // and the one with related patterns, never below that
  double gap = 0;                     // the smallest spectral gap of all ranks but that of related patterns
  double patterns_gap = 0, jacobian_gap = 0;

  std::int64_t bound() const { return low_rank + gauge; }                  // (*)
  std::int64_t slack() const { return free - bound(); }                    // what (*) leaves
  std::int64_t conditional() const { return with_conditional - bound(); }  // what conditional low ranks explain of it
  std::int64_t unexplained() const { return free - with_conditional; }
  bool bounded() const;  // each bound is below the next, and all below the truth
};

KindCounts kind_counts(const DegeneracyReport& report, const std::string& family = "");

}  // namespace basin::interp
