// Degeneracy of trained networks on several seeds: does it grow with training, with width, with weight decay?
#pragma once
#include <string>
#include <tuple>
#include <vector>

#include "interp/degeneracy/epsilon_bound.h"
#include "nn/data/dataset.h"
#include "nn/train.h"

namespace basin::experiments {

struct StudySpec {
  std::string data;
  std::vector<std::int64_t> widths;   // of the one hidden layer
  std::vector<double> weight_decays;  // decoupled (AdamW)
  std::vector<std::int64_t> epochs;   // when to look, ascending; the last ends training
  std::int64_t seeds = 5;             // 0, 1, …: start, order of rows and, for toy tasks, the data
  std::int64_t rows = 100;            // training rows of J J^T
  double learning_rate = 3e-3;
  std::int64_t bound_limit = 1300;  // no bounds for networks of more parameters: their time grows as N^3
  std::int64_t bound_rows = 2048;   // training rows of the bounds, at most; more if N asks for them
};

inline const std::vector<double> bound_grid{1e-2, 1e-4, 1e-6, 1e-8};  // cut-offs of the bounds

struct StudyPoint {  // one network at one time
  std::string data;
  std::int64_t width = 0, epoch = 0, seed = 0, parameters = 0, most = 0;  // most: min(N, rows outputs)
  double weight_decay = 0, test_loss = 0, accuracy = 0;
  std::vector<double> free_share{};     // by epsilon_grid: 1 - count / most, of J J^T
  std::vector<double> soft_count{};     // sum h / (h + epsilon h_1)
  double low_rank_share = 0;            // exact free directions by low rank over N, on all training rows
  double dead_share = 0, on_share = 0;  // of the hidden neurons, on all training rows
  // By bound_grid, at the first and the last epoch of networks below the limit; else empty. With few rows a neuron sees
  // fewer inputs than it has weights where it fires, and the data make directions free, so these take many.
  std::vector<interp::EpsilonBound> bounds{};
  double rows_per_parameter = 0;  // rows of J behind `bounds` over N; the data are short of rows below 1.5
};

inline auto fields(StudyPoint& p) {
  return std::tie(p.data, p.width, p.epoch, p.seed, p.parameters, p.most, p.weight_decay, p.test_loss, p.accuracy,
                  p.free_share, p.soft_count, p.low_rank_share, p.dead_share, p.on_share, p.bounds,
                  p.rows_per_parameter);
}

// One network of the study, and nothing measured yet.
struct StudyJob {
  StudySpec spec{};
  StudyPoint network{};

  std::string name() const;  // "digits-width8-decay0-seed3"
};

// All combinations, in order: width, weight decay, seed.
std::vector<StudyJob> study_jobs(const StudySpec& spec);
// Trains it, and looks at every epoch of the spec.
std::vector<StudyPoint> study_job(const StudyJob& job);

// How one of them is trained.
Model model_of(const StudyPoint& network, const nn::Split& data);
nn::TrainSpec training_of(const StudySpec& spec, const StudyPoint& network);

}  // namespace basin::experiments
