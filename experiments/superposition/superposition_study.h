// Toy models of superposition (nn/superposition.h) trained from many starts, and what becomes of them: regular polygons
// in the plane, and how many features are represented the sparser they are. After Elhage et al. (2022, arXiv
// 2209.10652) and Chen et al. (2023, arXiv 2310.06301).
#pragma once
#include <filesystem>
#include <functional>
#include <tuple>

#include "experiments/cli/options.h"
#include "experiments/cli/run_directory.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "experiments/superposition/superposition_states.h"
#include "nn/superposition.h"

namespace basin::experiments {

Options superposition_options();

// What all starts have in common.
struct SuperpositionTask {
  nn::SuperpositionSpec network{};
  nn::TrainSpec train{};  // its seed is that of the start: 0, 1, …
  nn::FeatureLaw law = nn::FeatureLaw::one;
  nn::Dataset data{}, test{};  // test: fresh rows of the law sparse; of the law one the loss is known exactly
  std::int64_t starts = 0;

  std::int64_t steps() const;                              // of one network
  std::vector<nn::CriticalPoint> critical() const;         // of law one in the plane; else none
  std::filesystem::path folder(std::int64_t start) const;  // in the run: networks/seed-N
};
// UsageError for options that would have no effect, and of the data.
SuperpositionTask superposition_task(const Options& options);

// nn::train_measured of these starts, each in its folder, on --threads threads; test_loss among the metrics. Goes on
// from the last states if `resume`. `progress` hears the steps done of all. Interrupted when a signal arrives.
void train_starts(const SuperpositionTask& task, const std::vector<std::int64_t>& starts, const Options& options,
                  const std::filesystem::path& run, bool resume,
                  const std::function<void(std::int64_t steps)>& progress);

struct SuperpositionNetwork {
  std::int64_t start = 0;
  std::vector<nn::MetricsLine> curve{};
  nn::SuperpositionPoint point{};
  EndState state{};
  std::vector<Plateau> plateaus{};

  double loss() const { return curve.back().number("test_loss"); }
};
SuperpositionNetwork read_start(const SuperpositionTask& task, const std::filesystem::path& run, std::int64_t start);

// A place of the phase diagram: the best of a few starts with sparse features.
struct Phase {
  std::int64_t hidden = 0;
  double sparsity = 0;
  std::int64_t represented = 0;
  double dimensions = 0;  // hidden / |W|_F²: per feature, whatever the directions
  double loss = 0;
};
inline auto fields(Phase& p) { return std::tie(p.hidden, p.sparsity, p.represented, p.dimensions, p.loss); }

// One network of the phase diagram.
struct PhaseNetwork {
  std::int64_t hidden = 0;
  double sparsity = 0;
  std::uint64_t start = 0;

  std::string name() const;                       // "hidden2-sparsity0.9-start3"
  std::string key(const Options& options) const;  // all that its numbers depend on
};
std::vector<PhaseNetwork> phase_networks(const Options& options);
Phase train_phase(const PhaseNetwork& network, const Options& options);  // Interrupted when a signal arrives
std::vector<Phase> best_of_starts(const std::vector<Phase>& all, const Options& options);

struct SuperpositionFindings {
  SuperpositionTask task{};
  std::vector<nn::CriticalPoint> critical{};
  std::vector<SuperpositionNetwork> networks{};
  std::vector<Phase> phases{};
  std::int64_t phase_features = 0;
  double importance = 1;  // of the phase diagram
};

// The networks by end state, the commonest first.
std::vector<std::vector<SuperpositionNetwork>> by_state(const std::vector<SuperpositionNetwork>& networks);

inline constexpr std::size_t shown_states = 6;  // that have a picture
inline constexpr double exact_within = 0.01;    // of an exact loss

// What the page shows (report.md).
report::Json superposition_results(const SuperpositionFindings& findings);
std::vector<report::NamedFigure> superposition_figures(const SuperpositionFindings& findings);

// The command: what its executable declares and runs.
int run_superposition(const Options& options);

}  // namespace basin::experiments
