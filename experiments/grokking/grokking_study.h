// Along grokking: how degenerate the networks of a run of modular_addition are at checkpoints of their training, and
// how sparse their interactions, before and after they generalise (docs/theory.md §6.8).
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "experiments/llc/llc_study.h"
#include "experiments/modular/modular_study.h"

namespace basin::experiments {

inline const std::vector<double> grokking_epsilons{1e-2, 1e-4, 1e-6};  // of the largest eigenvalue of J^T J
inline constexpr double grokking_loss_share = 0.01;                    // of the way to the best constant

// J = d output / d θ on some pairs; an output is the logits at "=".
struct RankReading {
  std::int64_t rows = 0, parameters = 0;          // n k and N
  std::int64_t rank = 0, above_rounding = 0;      // of RankDecision
  double smallest_kept = 0, largest_dropped = 0;  // relative to the largest singular value
  std::vector<std::int64_t> counts{};             // eigenvalues of J^T J above each of grokking_epsilons
  std::vector<double> n_eff{};                    // the same with a soft edge
  bool decided() const { return rank == above_rounding; }
  double gap() const { return smallest_kept / largest_dropped; }
};
inline auto fields(RankReading& r) {
  return std::tie(r.rows, r.parameters, r.rank, r.above_rounding, r.smallest_kept, r.largest_dropped, r.counts,
                  r.n_eff);
}

// λ̂ of the behavioural loss on the training pairs.
struct MeasuredLambda {
  double n_beta = 0, lambda = 0, error = 0;  // lambda: NaN where no chain counts
  double r_hat = 0, ess = 0;
  double quadratic = 0;               // of a quadratic basin of the same curvature
  std::vector<std::string> doubts{};  // names of the verdicts against it
};
inline auto fields(MeasuredLambda& l) {
  return std::tie(l.n_beta, l.lambda, l.error, l.r_hat, l.ess, l.quadratic, l.doubts);
}

// Interactions between neighbouring node layers (modular_sections) on the training pairs, all sections added up.
struct BasisEdges {
  std::int64_t features = 0, edges = 0;
  double effective = 0;
  std::int64_t required = -1;  // for the loss; -1: it is no better than that of the best constant
};
inline auto fields(BasisEdges& e) { return std::tie(e.features, e.edges, e.effective, e.required); }
struct MeasuredEdges {
  BasisEdges lib{}, pca{};
};
inline auto fields(MeasuredEdges& e) { return std::tie(e.lib, e.pca); }

// rank: of J on all pairs, or on evenly spaced ones of them; training: of J on the training pairs.
enum class GrokkingPart { rank, training, lambda, edges };
inline constexpr GrokkingPart grokking_parts[]{GrokkingPart::rank, GrokkingPart::training, GrokkingPart::lambda,
                                               GrokkingPart::edges};
GrokkingPart grokking_part_from(const std::string& name);  // UsageError
std::string name_of(GrokkingPart part);

struct GrokkingPoint {  // a network at a checkpoint; what was not asked for is not there
  std::int64_t epoch = 0;
  std::optional<RankReading> rank{}, training{};
  std::optional<MeasuredLambda> lambda{};
  std::optional<MeasuredEdges> edges{};

  bool has(GrokkingPart part) const;
};
inline auto fields(GrokkingPoint& p) { return std::tie(p.epoch, p.rank, p.training, p.lambda, p.edges); }

// Start, the first checkpoint with grokking_level of the training pairs right, the first with as many of both the
// training and the test pairs right, end. (Accuracy may dip again later; grokked_at of modular_study.h asks that it
// does not.)
enum class Moment { start, memorised, generalised, end };
inline constexpr Moment moments[]{Moment::start, Moment::memorised, Moment::generalised, Moment::end};
std::string name_of(Moment moment);

std::optional<std::int64_t> generalised_at(const std::vector<nn::MetricsLine>& curve);

struct GrokkingNetwork {
  std::uint64_t seed = 0;
  std::vector<nn::MetricsLine> curve{};                    // by kept checkpoint: epoch, {train,test}_{loss,accuracy}
  std::optional<std::int64_t> memorised{}, generalised{};  // epochs
  std::vector<GrokkingPoint> points{};                     // ascending

  bool grokked() const { return memorised && generalised && *memorised < *generalised; }  // one after the other
  std::optional<std::int64_t> epoch_of(Moment moment) const;
  const GrokkingPoint* at(std::int64_t epoch) const;             // or none
  double number_at(std::int64_t epoch, const char* name) const;  // of the curve
};

// A run of modular_addition.
struct GrokkingRun {
  std::filesystem::path folder{};
  std::vector<TokenTraining> trainings{};
  std::int64_t modulus = 0;
  nn::Dataset pairs{};  // all of them

  const nn::Split& data() const { return trainings.front().data; }
};
// UsageError unless the folder holds such a run; DataError where its data have changed or a network is not finished.
GrokkingRun grokking_run(const std::filesystem::path& folder);

struct GrokkingSpec {
  std::vector<GrokkingPart> parts{std::begin(grokking_parts), std::end(grokking_parts)};
  std::vector<GrokkingPart> moments_only{};  // of these parts: at memorised, generalised and end alone
  std::int64_t checkpoints = 8, first = 30;  // grid_epochs
  std::int64_t rank_pairs = 0;               // at most so many, evenly spaced; 0: all
  LlcSettings sampling{};                    // with one nβ; chains on one thread
};

// Those of `all`, ascending, that are nearest to epoch 0 and to count - 1 epochs evenly spaced in their logarithm from
// `first` to the last; each once.
std::vector<std::int64_t> grid_epochs(const std::vector<std::int64_t>& all, std::int64_t count, std::int64_t first);

struct GrokkingFindings {
  std::string what{}, task{};
  std::int64_t modulus = 0, parameters = 0, train_rows = 0, test_rows = 0;
  std::vector<std::int64_t> grid{};  // epochs that were looked at in every network
  std::vector<GrokkingNetwork> networks{};

  std::int64_t points() const;   // of all networks
  std::int64_t grokked() const;  // networks
};

// The subject of λ̂ at a checkpoint, and of any network of these sizes.
LlcSubject grokking_subject(const TokenTraining& training, const std::string& file);
LlcSubject grokking_subject(const TokenTraining& training, const std::string& what, interp::ModelPoint network);

// Every network with its curve and moments, and with points at the grid and these moments, of which nothing is
// measured.
GrokkingFindings grokking_networks(const GrokkingRun& run, const GrokkingSpec& spec);

// A part at a point, which depends on no other.
struct GrokkingItem {
  GrokkingPart part{};
  std::size_t network = 0;
  std::int64_t epoch = 0;
  std::string file{};  // of the network then
  std::string name{};  // "seed3-epoch30-rank"

  std::string key(const GrokkingSpec& spec) const;  // all that its numbers depend on
};
std::vector<GrokkingItem> grokking_items(const GrokkingFindings& findings, const GrokkingRun& run,
                                         const GrokkingSpec& spec);  // the longest first
GrokkingPoint measured(const GrokkingItem& item, const GrokkingRun& run, const GrokkingSpec& spec);
void add(GrokkingFindings& findings, const GrokkingItem& item, GrokkingPoint point);  // where it belongs

}  // namespace basin::experiments
