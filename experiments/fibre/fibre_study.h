// Networks of two layers with squares between them that add modulo p, exact ones and trained ones: the rank of J at the
// network, ranks along its fibre, and λ̂ beside the bounds that these give (docs/theory.md §6.5).
#pragma once
#include <functional>

#include "experiments/cli/options.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "interp/degeneracy/fibre_walk.h"
#include "interp/llc/estimate.h"
#include "nn/train.h"

namespace basin::experiments {

struct FibreStudySpec {
  std::vector<std::int64_t> moduli{}, grids{};  // exact networks: one for each pair
  std::int64_t trained = 0;                     // networks of each modulus, seeds seed, seed + 1, …
  std::int64_t hidden = 0;                      // their neurons; 0: as many as an exact one with 4 × 4 phases
  std::int64_t epochs = 0;                      // at most
  double fit = 0, rate = 0, train_fraction = 1, weight_decay = 0;  // trained until the loss is `fit`
  std::vector<double> steps{};                                     // of walks, as shares of the weights
  std::int64_t walks = 0, points = 0;                              // of each step; points of a walk
  double n_beta = 0, gamma = 0;
  interp::SamplerSpec sampler{};
  interp::ChainSpec chains{};
  std::uint64_t seed = 0;
  int threads = 1;

  std::int64_t networks() const { return std::ssize(moduli) * (std::ssize(grids) + trained); }
};

// A network, as short as its function allows: neurons are scaled so that |w| is least.
struct FibreNetwork {
  std::string name{};  // "5: 4 × 4", "7: seed 1"
  std::int64_t p = 0, neurons = 0;
  bool exact = false;
  interp::ModelPoint model{};
  Inputs data{};                   // "x", all p² pairs
  std::int64_t epochs = 0;         // of training
  double error = 0, accuracy = 0;  // largest distance from one-hot - 1/p, share of pairs added rightly; all pairs
};
FibreNetwork exact_network(std::int64_t p, std::int64_t n);
// Of the training pairs, all in each epoch.
nn::Trainer<double> addition_trainer(const FibreStudySpec& spec, std::int64_t p, std::uint64_t seed);
// Interrupted after a signal.
FibreNetwork trained_network(const FibreStudySpec& spec, std::int64_t p, std::uint64_t seed);

struct FibreFindings {
  FibreNetwork network{};
  std::vector<double> step_of{};  // of each walk
  std::vector<interp::FibreWalk> walks{};
  interp::FibreBounds bounds{};
  double quadratic = 0;  // λ̂ if the loss were of second order: ½ Σ nβ h / (nβ h + γ), h = 2/n σ² (docs/theory.md §6.2)
  interp::LlcEstimate llc{};

  std::int64_t rank() const { return walks[0].start.rank.rank; }
  std::vector<std::int64_t> ranks() const;  // of all points that converged, ascending; none where J has no kernel
  std::int64_t stuck() const;
  double full() const { return double(walks[0].rows) / 2; }  // λ of a network with nothing degenerate
  // Whether λ̂ is between the bounds, the lower one at this nβ and γ, within its 95 % interval.
  bool between() const;
};
// `progress` hears how many networks are done.
std::vector<FibreFindings> study_fibres(const FibreStudySpec& spec, const std::function<void(std::int64_t)>& progress);

// What the page shows (report.md).
report::Json fibre_results(const std::vector<FibreFindings>& findings, const FibreStudySpec& spec);
std::vector<report::NamedFigure> fibre_figures(const std::vector<FibreFindings>& findings);  // bounds

}  // namespace basin::experiments
