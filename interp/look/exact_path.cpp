// integrate_exactly: the pieces of a path are found one by one. Inside a piece the kink functions are linear in α, so
// one run in it, with their values and slopes, says where it begins and ends. What is left on either side is searched
// in the same way, from its middle, so every run finds a whole piece and none is found by a step that might miss one.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "core/interrupt.h"
#include "core/parallel.h"
#include "interp/look/path_integral.h"
#include "interp/look/piecewise_linear.h"

namespace basin::interp {
namespace {

constexpr double shortest = 1e-14;  // of a piece
constexpr double still = 1e-13;     // of the largest entry of a tensor: a change along the path that is none
const std::string direction_name = "path.direction";

// Where the linear piece around a point ends on either side, and which side of each kink it is on.
struct Piece {
  double begin = -std::numeric_limits<double>::infinity(), end = std::numeric_limits<double>::infinity();
  std::uint64_t signs = 14695981039346656037u;  // a hash (FNV-1a)
  bool at_kink = false;                         // the point is no inner point of a piece
};

// What was found between two points of the path.
struct Stretch {
  std::uint64_t first, last;  // signs of its outer pieces
  std::int64_t kinks = 0;

  Stretch then(const Stretch& next) const { return {first, next.last, kinks + (last != next.first) + next.kinks}; }
};

// One row after another, for one thread.
class PathWalker {
 public:
  PathWalker(const ModelPoint& model, const Inputs& context, const Path& path, const RowMetric& metric,
             std::int64_t max_pieces)
      : context_(context),
        path_(path),
        max_pieces_(max_pieces),
        own_(path.to.size() / path.to.shape[0]),
        runner_(model, model.parameters, [&](Graph& graph, const Ends&) { return wanted(graph, model, metric); }),
        batch_(runner_.at(1)) {}

  void walk(std::int64_t row, PathIntegral& all) {
    row_ = row;
    from_ = row_of(path_.from), to_ = row_of(path_.to);
    values_ = std::span(all.values.data).subspan(std::size_t(row * own_), std::size_t(own_));
    const auto direction = program().input(direction_name);
    for (std::size_t i = 0; i < direction.size(); ++i) direction[i] = to_[i] - from_[i];
    const std::size_t r = std::size_t(row);
    std::ranges::fill(scales_, 0.0);
    all.before[r] = at_end(from_), all.after[r] = at_end(to_);
    runs_ = 0;
    all.kinks[r] = cover(0, 1).kinks;
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i] *= to_[i] - from_[i];
    all.residual[r] = std::accumulate(values_.begin(), values_.end(), 0.0) - (all.after[r] - all.before[r]);
  }

 private:
  ProgramSpec wanted(Graph& graph, const ModelPoint& model, const RowMetric& metric) {
    h_ = value_on(path_, graph, model, path_.to.shape[0]);
    m_ = traced_metric(graph, metric, 1);
    kinks_ = kink_functions(h_, m_);
    const Var direction = graph.input(direction_name, h_.shape());
    slopes_ = kinks_.empty() ? kinks_ : jvp(kinks_, {h_}, {direction});
    gradient_ = vjp({m_}, {fill(graph, 1, m_.shape())}, {h_})[0];
    scales_.assign(kinks_.size(), 0);
    // The direction is fetched, so that it is there to be fed where nothing bends.
    ProgramSpec spec{.fetch = {m_, gradient_, direction}, .feed = {h_}};
    spec.fetch.insert(spec.fetch.end(), kinks_.begin(), kinks_.end());
    spec.fetch.insert(spec.fetch.end(), slopes_.begin(), slopes_.end());
    return spec;
  }

  Program<double>& program() { return *batch_.program; }
  std::span<const double> row_of(const Tensor<double>& all) const {
    return std::span(all.data).subspan(std::size_t(row_ * own_), std::size_t(own_));
  }

  // m at an end of the path, where the sizes of the kink functions are looked up too.
  double at_end(std::span<const double> h) {
    program().feed(h_, h);
    runner_.run(context_, row_, 1);
    program().require_finite();
    for (std::size_t k = 0; k < kinks_.size(); ++k)
      for (const double v : program().view(kinks_[k])) scales_[k] = std::max(scales_[k], std::abs(v));
    return program().view(m_)[0];
  }

  Piece piece_around(double at) {
    if (++runs_ > max_pieces_)
      throw NumericalError(
          fmt::format("exact path integral: more than {} pieces on the path of row {}; help: use a "
                      "quadrature, or raise max_pieces",
                      max_pieces_, row_));
    const auto h = program().input(h_);
    for (std::size_t i = 0; i < h.size(); ++i) h[i] = from_[i] + at * (to_[i] - from_[i]);
    program().run();
    Piece piece;
    for (std::size_t k = 0; k < kinks_.size(); ++k)
      bound(piece, at, program().view(kinks_[k]), program().view(slopes_[k]), still * scales_[k]);
    return piece;
  }

  static void bound(Piece& piece, double at, std::span<const double> values, std::span<const double> slopes,
                    double too_little) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool moves = std::abs(slopes[i]) > too_little;
      piece.signs = (piece.signs ^ (moves ? values[i] > 0 ? 1u : 2u : 0u)) * 1099511628211u;
      if (!moves) continue;
      const double zero = at - values[i] / slopes[i];
      if (zero < at) piece.begin = std::max(piece.begin, zero);
      if (zero > at) piece.end = std::min(piece.end, zero);
      piece.at_kink |= zero == at;
    }
  }

  // Adds ∫ ∂m/∂h dα over [begin, end] to the values. Each call leaves at most half of its stretch to the next.
  Stretch cover(double begin, double end) {
    const double middle = begin + (end - begin) / 2;
    Piece piece = piece_around(middle);
    const bool last = end - begin <= shortest;
    if (piece.at_kink && !last) return cover(begin, middle).then(cover(middle, end));
    if (last || piece.begin - begin <= shortest) piece.begin = begin;
    if (last || end - piece.end <= shortest) piece.end = end;
    const auto gradient = program().view(gradient_);
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i] += (piece.end - piece.begin) * gradient[i];
    Stretch found{piece.signs, piece.signs};
    if (piece.begin > begin) found = cover(begin, piece.begin).then(found);
    if (piece.end < end) found = found.then(cover(piece.end, end));
    return found;
  }

  const Inputs& context_;
  const Path& path_;
  std::int64_t max_pieces_, own_, row_ = 0, runs_ = 0;
  Var h_, m_, gradient_;
  std::vector<Var> kinks_, slopes_;
  std::vector<double> scales_;  // the largest entry of each kink function at the ends of the row's path
  std::span<const double> from_, to_;
  std::span<double> values_;
  Runner<double> runner_;
  Runner<double>::Batch& batch_;
};

}  // namespace

PathIntegral integrate_exactly(const ModelPoint& model, const Inputs& data, const Path& path, const RowMetric& metric,
                               const ExactOptions& options) {
  const std::int64_t samples = rows_of(data, "exact path integral");
  Inputs context = data;
  context.erase(path.at);  // an input that is the path's is fed by the walker
  const std::vector<double> none(std::size_t(samples), 0.0);
  PathIntegral all{Tensor<double>(path.to.shape), none, none, none, std::vector<std::int64_t>(std::size_t(samples), 0)};
  std::vector<std::unique_ptr<PathWalker>> walkers(std::size_t(std::max(1, options.threads)));
  parallel_for(options.threads, samples, [&](std::int64_t row, int worker) {
    if (interrupted()) throw Interrupted("exact path integral: interrupted");
    auto& walker = walkers[std::size_t(worker)];
    if (!walker) walker = std::make_unique<PathWalker>(model, context, path, metric, options.max_pieces);
    walker->walk(row, all);
  });
  return all;
}

}  // namespace basin::interp
