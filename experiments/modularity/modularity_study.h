// Matched pairs of networks: are modular ones more degenerate, and do more degenerate ones generalise further
// (docs/theory.md §4)? Every pair shares its data's seed, the start's seed and the number of parameters, and is taken
// at equal training loss.
#pragma once
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "interp/degeneracy/matched_pairs.h"
#include "nn/trajectory.h"

namespace basin::experiments {

struct ModularitySpec {
  std::uint64_t seed = 0;                            // of everything
  std::int64_t blocks = 2, inputs = 4, outputs = 2;  // of the tasks; inputs and outputs of each block
  std::int64_t width = 13;                           // hidden neurons of each module
  std::int64_t pairs = 40;                           // of each comparison
  std::int64_t data_sets = 4, starts = 10;           // of the networks that differ in their start alone
  std::int64_t rows = 128, test_rows = 1000;
  double noise = 0.3;               // standard deviation, on the training targets; test targets have none
  std::int64_t sample_rows = 512;   // inputs on which degeneracy is measured, the same for all networks
  nn::ModuleTraining training{};    // epochs, batch, rate, momentum, bias
  int restarts = 3, nulls = 20;     // of the search for modules
  double edge_cutoff = 0.1;         // interactions below this share of the pair of layers' largest are none
  std::int64_t parameters() const;  // of each network
  std::string size() const;         // of the dense network: "8-14-4"
  std::string title() const;        // "8-14-4, weight decay 0.01"
};

enum class Comparison { task, rotation, blocks };  // separable against entangled, against rotated; blocks against dense
inline constexpr Comparison comparisons[]{Comparison::task, Comparison::rotation, Comparison::blocks};
inline constexpr const char* comparison_names[]{"separable − entangled", "separable − rotated", "blocks − dense"};
inline constexpr const char* short_names[]{"task", "rotation", "blocks"};
inline std::string name_of(Comparison c) { return comparison_names[int(c)]; }
inline std::string short_name(Comparison c) { return short_names[int(c)]; }

struct MeasuredNet : interp::SampledNet {  // its `start`: of blocks against dense alone
  std::string net = {};  // "separable", "entangled", "rotated" (dense nets on these tasks), "blocks" (on separable)
  std::int64_t epoch = 0, hidden = 0;
  double train_loss = 0, test_loss = 0;
  double Q = 0, z = 0, agreement = 0;  // of modules; agreement of inputs and outputs with the planted blocks
};

inline auto fields(MeasuredNet& n) {
  return std::tuple_cat(fields(static_cast<interp::SampledNet&>(n)),
                        std::tie(n.net, n.epoch, n.hidden, n.train_loss, n.test_loss, n.Q, n.z, n.agreement));
}

struct ModularityPair {
  Comparison comparison{};
  std::int64_t number = 0;
  MeasuredNet first{}, second{};  // first: the one that should be more degenerate, were modularity to make it so
};

inline auto fields(ModularityPair& p) { return std::tie(p.comparison, p.number, p.first, p.second); }

struct StartNet {  // one of several starts on one data set, at a training loss that they all reach
  std::int64_t data_set = 0, start = 0;
  MeasuredNet net{};
};

inline auto fields(StartNet& n) { return std::tie(n.data_set, n.start, n.net); }

struct ModularityPart {
  std::vector<ModularityPair> pairs{};  // by number, then comparison
  std::vector<StartNet> starts{};       // by data set, dense ones before blocks
};
inline auto fields(ModularityPart& p) { return std::tie(p.pairs, p.starts); }

struct ModularityStudy : ModularityPart {
  ModularitySpec spec{};
};

// Noisy rows to train on and clean ones to test, of one teacher. The entangled task has the inputs of the separable
// one.
nn::Split modular_task(const ModularitySpec& spec, std::uint64_t seed, bool entangled);
// The network of an epoch.
interp::ModularNet net_at(const nn::Trajectory& trajectory, std::int64_t epoch);

// UsageError if equal parameters are impossible, or the sample's rows times outputs are fewer than twice the
// parameters.
void validate(const ModularitySpec& spec);
// A study in pieces that do not depend on one another, the longest first: of each data set the dense starts and those
// of blocks, then the pairs, so many at a time as are trained side by side.
constexpr std::int64_t pairs_of_job = 8;
std::int64_t modularity_jobs(const ModularitySpec& spec);
ModularityPart modularity_job(const ModularitySpec& spec, std::int64_t job);
ModularityStudy modularity_study(const ModularitySpec& spec, std::span<const ModularityPart> parts);  // of all jobs

}  // namespace basin::experiments
