// One training from several seeds: what differs by chance, and what does not. The networks differ in their start and in
// the order of their rows; the data, and how they are split, are those of --seed.
#pragma once
#include <vector>

#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "experiments/shared/training_run.h"

namespace basin::experiments {

struct TrainedSeed {
  std::uint64_t seed = 0;
  std::vector<nn::RunMetrics> curve{};  // by epoch; empty without epochs
  nn::RunMetrics last{};
};

struct SeedsFindings {
  std::vector<TrainedSeed> networks{};
  std::vector<std::int64_t> widths{};
  std::string data{};
  std::int64_t epochs = 0, train_rows = 0, test_rows = 0, classes = 0;  // classes: 0 for regression
};

// What the page shows (report.md).
report::Json seeds_results(const SeedsFindings& findings);
std::vector<report::NamedFigure> seeds_figures(const SeedsFindings& findings);

// train_mlp with --seeds: trains into networks/seed-N of the run, on --threads threads, writes the page and says means
// with 95 % intervals. Returns the exit code.
int run_seeds(const Options& options, const nn::Split& data);

}  // namespace basin::experiments
