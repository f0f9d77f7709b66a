// What chains saw of quantities other than their own loss: values of a model at the places that were kept
// (ChainSpec::keep_every), for responses (interp/llc/responses.h, docs/theory.md §6.6).
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "interp/llc/chains.h"

namespace basin::interp {

// A value of the model on all rows of the data, of any shape; of the parameters alone too, which are values by their
// names.
struct Observable {
  std::string name;
  std::function<Var(Graph& graph, const Ends& ends)> value;
};
Observable named_value(const std::string& name);                                   // graph[name]
Observable mean_loss();                                                            // L, a scalar
Observable mean_loss_of(std::string name, const std::vector<std::int64_t>& rows);  // of these rows, a scalar
Observable row_losses();                                                           // ℓ_i [n], as loss_by_row

// Points w of the parameters that move, chain after chain.
struct Places {
  std::int64_t chains = 0;
  Matrix w = {};  // [chains x kept, parameters that move]

  std::int64_t kept() const { return chains > 0 ? w.rows() / chains : 0; }
};

// Those of the chains that count, neither diverged nor escaped, behind the burn-in of their losses: as estimate_llc
// takes them. UsageError where no places were kept or fewer than 40 draws made; NumericalError where no chain counts.
Places counted_places(const Chains& chains);

// Each observable at each place: [chains, kept, own shape]. One program serves several places at a time
// (autodiff/lift.h) and each thread has its own; results are equal to the bit for any number of threads. Errors of
// tracing and of LocalPosterior::validate; ShapeError for places of another number of parameters.
std::vector<Tensor<double>> observe(const LocalPosterior& posterior, const Places& places,
                                    const std::vector<Observable>& observables, int threads = 1);

}  // namespace basin::interp
