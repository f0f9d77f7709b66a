// Sentences about the modularity experiment, made from its numbers.
#pragma once
#include "experiments/modularity/modularity_effects.h"

namespace basin::experiments {

struct ModularityWords {
  const ModularityStudy& study;

  std::string matching() const;  // how equal the pairs are
  std::string starts() const;    // degeneracy and test loss among networks on the same data
  std::string plain() const;     // why the plain comparison of blocks and dense misleads
  std::string controls() const;  // and what the controls change
  std::string gaps() const;      // how far the exact counts can be trusted
  std::string generalisation() const;
  std::string modules() const;
};

// "shows more", "shows less", "shows no difference"
std::string reading(const Estimate& e);

// Over pairs, of |log ratio of the two training losses|.
struct LossMatch {
  double mean = 0, largest = 0;
};
LossMatch loss_match(const Pairs& pairs);

double mean_over(const Pairs& pairs, MeasuredNet ModularityPair::*member,
                 const std::function<double(const MeasuredNet&)>& value);

}  // namespace basin::experiments
