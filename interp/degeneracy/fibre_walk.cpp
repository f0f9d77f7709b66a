#include "interp/degeneracy/fibre_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/memory.h"
#include "core/rng.h"
#include "interp/jacobian/model_jacobian.h"

namespace basin::interp {
namespace {

using Vector = std::vector<double>;

constexpr double settled_within = 0.1;
constexpr double slack = 10;  // of agreement, for outputs that were brought to agree with the J of another point
constexpr double rounding_room = 1e5;  // that outputs must bend beyond their agreement to be read

// a + t b
Vector moved(const Vector& a, double t, const Vector& b) {
  Vector sum = a;
  for (std::size_t i = 0; i < a.size(); ++i) sum[i] += t * b[i];
  return sum;
}

Vector minus(const Vector& a, const Vector& b) { return moved(a, -1, b); }

class Walker {
 public:
  Walker(const ModelPoint& model, const Inputs& data, const FibreSpec& spec);

  FibreWalk walk();

 private:
  void look(const Vector& theta);  // decomposes J there
  RankDecision rank() const { return decide_rank(parts_.s, ruler_); }
  Vector in_kernel(double wanted, Rng& rng);
  struct Reduced {
    bool settled = false;
    double bent = 0, beyond = 0;
  };
  Reduced reduced(const Vector& theta, const Vector& v);
  double order(const Vector& theta);
  Vector newton_step(const Vector& residual) const;
  bool settled(const FibrePoint& point, const Vector& step);
  bool halved_step(FibrePoint& point, Vector& residual, const Vector& step);
  void lead_back(FibrePoint& point);
  FibrePoint next(const FibrePoint& from);
  double difference(const Vector& residual) const { return norm(residual) / scale_; }

  const FibreSpec& spec_;
  ModelJacobian model_;
  Rng rng_, probes_;       // of steps; of directions along which kernels are followed
  Vector start_, wanted_;  // w* and f*
  double norm_, scale_;    // |w*|; what differences are relative to
  Matrix J_;               // at the point looked at last
  Svd parts_;              // of J_
  Ruler ruler_;
};

void require_room(const ModelJacobian& model) {
  // J here and a step further, what LAPACK makes of it, and its singular vectors
  const auto rows = double(model.rows()), parameters = double(model.parameters());
  const double bytes = 8 * (4 * rows * parameters + 4 * std::pow(std::min(rows, parameters), 2));
  if (bytes > available_memory())
    throw ResourceError(fmt::format(
        "fibre walk: {} outputs on all data and {} parameters need about {:.1f} GB, {:.1f} GB are free; help: take "
        "fewer rows of data",
        model.rows(), model.parameters(), bytes / 1e9, available_memory() / 1e9));
}

Walker::Walker(const ModelPoint& model, const Inputs& data, const FibreSpec& spec)
    : spec_(spec),
      model_(model, data, [](SweepOptions sweep) { return sweep.progress = {}, sweep; }(spec.sweep)),
      rng_(spec.seed, "fibre_walk"),
      probes_(rng_.stream("order")),
      start_(model.parameters.flat().begin(), model.parameters.flat().end()) {
  require_room(model_);
  wanted_ = model_.outputs_at(start_);
  look(start_);
  norm_ = norm(start_);
  if (!(norm_ > 0) || !std::isfinite(norm_) || parts_.s.empty() || !(parts_.s[0] > 0))
    throw NumericalError(fmt::format(
        "fibre walk: |w| is {:g} and the largest singular value of J {:g}; wanted positive numbers, which steps and "
        "ranks are relative to",
        norm_, parts_.s.empty() ? 0 : parts_.s[0]));
  ruler_ = {.tolerance = spec.tolerance, .scale = parts_.s[0]};
  scale_ = norm(wanted_) > 0 ? norm(wanted_) : parts_.s[0] * norm_;
}

void Walker::look(const Vector& theta) {
  J_ = model_.jacobian_at(theta);
  parts_ = svd(J_);
}

// Normal numbers without their part in the rows that J sees, of the wanted length.
Vector Walker::in_kernel(double wanted, Rng& rng) {
  const Matrix seen = rows_of(parts_.Vt, 0, rank().rank);
  Matrix direction = normal_matrix(1, model_.parameters(), rng);
  for (int again = 0; again < 2; ++again) project_away(seen, direction);
  for (const double factor = wanted / norm(direction.data); double& v : direction.data) v *= factor;
  return direction.data;
}

// The shortest v with J v = -residual, as far as J reaches above the tolerance.
Vector Walker::newton_step(const Vector& residual) const {
  const std::int64_t r = rank().rank;
  Matrix inner = matmul(Matrix({1, std::ssize(residual)}, residual), columns_of(parts_.U, 0, r));
  for (std::int64_t i = 0; i < r; ++i) inner[i] /= -parts_.s[std::size_t(i)];
  return matmul(inner, rows_of(parts_.Vt, 0, r)).data;
}

// From θ + v steps with the J at θ until outputs agree as far as it reaches (Lyapunov and Schmidt's reduction): how far
// they were off before, and how far they are off beyond its reach.
Walker::Reduced Walker::reduced(const Vector& theta, const Vector& v) {
  const Matrix reach = transpose(columns_of(parts_.U, 0, rank().rank));
  Vector at = moved(theta, 1, v);
  Reduced found;
  for (double last = std::numeric_limits<double>::infinity();;) {
    const Vector residual = minus(model_.outputs_at(at), wanted_);
    Matrix beyond({1, model_.rows()}, residual);
    project_away(reach, beyond);
    const double within = difference(minus(residual, beyond.data));
    if (std::isinf(last)) found.bent = difference(residual);
    found.beyond = difference(beyond.data);
    found.settled = within <= slack * spec_.agreement;
    if (found.settled || !(within < 0.5 * last)) return found;
    last = within;
    at = moved(at, 1, newton_step(residual));
  }
}

// At a point of the fibre that was looked at.
double Walker::order(const Vector& theta) {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  if (const std::int64_t r = rank().rank; r == model_.rows() || r == model_.parameters()) return inf;
  Vector v = in_kernel(spec_.step * norm_, probes_);
  const auto shorter = [&v] { return v = moved(v, -0.75, v); };
  Reduced whole = reduced(theta, v);
  for (int again = 0; again < 4 && !whole.settled; ++again) whole = reduced(theta, shorter());
  if (!whole.settled || whole.bent < rounding_room * spec_.agreement) return nan;
  if (whole.beyond <= slack * spec_.agreement) return inf;
  const Reduced quarter = reduced(theta, shorter());
  return quarter.settled ? std::log(whole.beyond / quarter.beyond) / std::log(4) : nan;
}

// Whether the rank where the functions agree is that of a point of the fibre: all the way that Gauss-Newton would go
// next, which is how far the fibre is, J changes by less than the smallest singular value that counts.
bool Walker::settled(const FibrePoint& point, const Vector& step) {
  const std::int64_t r = rank().rank;
  const Matrix there = model_.jacobian_at(moved(point.theta, 1, step));
  return r > 0 && norm(minus(there.data, J_.data)) <= settled_within * parts_.s[std::size_t(r - 1)];
}

// Whether some part of the Gauss-Newton step brings the outputs nearer; the point and its residual are then there.
bool Walker::halved_step(FibrePoint& point, Vector& residual, const Vector& step) {
  for (double t = 1; t > 1e-3; t /= 2) {
    const Vector theta = moved(point.theta, t, step);
    const Vector there = minus(model_.outputs_at(theta), wanted_);
    if (!(norm(there) < norm(residual))) continue;
    point.theta = theta, residual = there;
    return true;
  }
  return false;
}

void Walker::lead_back(FibrePoint& point) {
  Vector residual = minus(model_.outputs_at(point.theta), wanted_);
  for (;; ++point.returns) {
    look(point.theta);
    const Vector step = newton_step(residual);
    point.difference = difference(residual);
    point.converged = point.difference <= spec_.agreement && settled(point, step);
    if (point.converged || point.returns == spec_.returns || !halved_step(point, residual, step)) return;
  }
}

FibrePoint Walker::next(const FibrePoint& from) {
  const Vector there = moved(from.theta, 1, in_kernel(spec_.step * norm_, rng_));
  FibrePoint point{.theta = there};
  lead_back(point);
  point.correction = norm(minus(point.theta, there)) / (spec_.step * norm_);
  point.distance = norm(minus(point.theta, start_));
  point.walked = from.walked + norm(minus(point.theta, from.theta));
  if (point.converged)
    point.rank = rank(), point.order = order(point.theta);
  else
    look(from.theta);
  return point;
}

FibreWalk Walker::walk() {
  FibreWalk w{.rows = model_.rows(), .parameters = model_.parameters(), .norm = norm_};
  w.start = {.theta = start_, .converged = true, .rank = rank(), .order = order(start_)};
  FibrePoint at = w.start;
  for (std::int64_t i = 0; i < spec_.steps && rank().rank < model_.parameters(); ++i) {
    w.points.push_back(next(at));
    if (w.points.back().converged) at = w.points.back();
  }
  return w;
}

void require(bool good, const char* what, auto given, const char* wanted) {
  if (!good) throw UsageError(fmt::format("fibre walk: {} is {}; wanted {}", what, given, wanted));
}

}  // namespace

void FibreSpec::validate() const {
  require(step > 0 && std::isfinite(step), "step", step, "a number above 0, a share of the length of the weights");
  require(steps >= 1, "steps", steps, "1 or more");
  require(agreement > 0 && agreement < 1, "agreement", agreement, "a number between 0 and 1");
  require(returns >= 1, "returns", returns, "1 or more");
  require(tolerance >= 0 && tolerance < 1, "tolerance", tolerance, "a number from 0 to below 1");
}

std::int64_t FibreWalk::stuck() const { return std::ranges::count(points, false, &FibrePoint::converged); }

FibreWalk fibre_walk(const ModelPoint& model, const Inputs& data, const FibreSpec& spec) {
  spec.validate();
  return Walker(model, data, spec).walk();
}

FibreBounds fibre_bounds(std::span<const FibreWalk> walks) {
  if (walks.empty()) throw UsageError("fibre bounds: no walks given; wanted one or more from the same point");
  FibreBounds bounds{.lower = double(walks[0].start.rank.rank) / 2, .upper = double(walks[0].parameters) / 2};
  const auto add = [&](std::int64_t rows, const FibrePoint& point) {
    if (!point.smooth() || double(point.rank.rank) / 2 > bounds.upper) return;
    bounds.upper = double(point.rank.rank) / 2;
    bounds.proved = point.rank.rank == rows;
  };
  bool risen = false;
  for (const FibreWalk& walk : walks)
    for (const FibrePoint& point : walk.points) {
      risen = risen || point.rank.rank > walk.start.rank.rank;
      add(walk.rows, point);
    }
  if (!risen) add(walks[0].rows, walks[0].start);
  return bounds;
}

}  // namespace basin::interp
