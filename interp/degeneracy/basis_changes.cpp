#include "interp/degeneracy/basis_changes.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/lapack.h"

namespace basin::interp {
namespace {

constexpr const char* labels[] = {
    "queries and keys", "values and outputs", "shared patterns", "rescaled neurons", "synchronised neurons",
    "layer-norm gains", "linear bases",       "key biases",      "shifts",           "layer-norm scale"};
enum Label { scores, values, patterns, rescaled, synchronised, gains, linear, key_biases, shifts, scale };

Matrix entry(std::int64_t width, std::int64_t i, std::int64_t j) {
  Matrix A({width, width});
  A(i, j) = 1;
  return A;
}

// E_ij - E_ji as it acts on what is orthogonal to (1, …, 1).
Matrix rotation(std::int64_t width, std::int64_t i, std::int64_t j) {
  Matrix A({width, width});
  for (std::int64_t k = 0; k < width; ++k) {
    A(i, k) -= 1 / double(width), A(k, j) -= 1 / double(width);
    A(j, k) += 1 / double(width), A(k, i) += 1 / double(width);
  }
  A(i, j) += 1, A(j, i) -= 1;
  return A;
}

class Moves {
 public:
  Moves(const ModelPoint& model, const TracedSpaces& traced)
      : traced_(traced), theta_(model.parameters.flat()), parameters_(model.parameter_count()) {}

  std::vector<MoveFamily> all() {
    for (std::size_t s = 0; s < traced_.spaces.size(); ++s)
      if (leads(int(s))) add_space(int(s));
    add_constants();
    std::vector<MoveFamily> families;
    for (std::size_t l = 0; l < std::size(labels); ++l)
      if (const std::int64_t count = std::ssize(found_[l]) / parameters_; count > 0)
        families.push_back({labels[l], {{count, parameters_}, std::move(found_[l])}});
    return families;
  }

 private:
  // Whether A of this space is free to choose; that of keys is decided by that of queries.
  bool leads(int s) const {
    const ValueSpace& space = traced_.spaces[s];
    const auto is_key_of = [&](const ValueSpace& q) { return q.dual >= 0 && traced_.root(q.dual) == s; };
    return space.same == s && !space.fixed && std::ranges::none_of(traced_.spaces, is_key_of);
  }

  static Label label_of(const ValueSpace& space, std::int64_t i, std::int64_t j) {
    switch (space.kind) {
      case ValueSpace::scores: return scores;
      case ValueSpace::values: return space.unit[i] == space.unit[j] ? values : patterns;
      case ValueSpace::neurons: return i == j ? rescaled : synchronised;
      case ValueSpace::gains: return gains;
      case ValueSpace::linear: break;
    }
    return linear;
  }

  void add_space(int s) {
    const ValueSpace& space = traced_.spaces[s];
    for (std::int64_t i = 0; i < space.width; ++i)
      for (std::int64_t j = space.rotates ? i + 1 : 0; j < space.width; ++j) {
        if (!space.block.empty() && space.block[i] != space.block[j]) continue;
        if (space.rotates)
          add_move(s, rotation(space.width, i, j), linear);
        else
          add_move(s, entry(space.width, i, j), label_of(space, i, j));
      }
    if (space.rotates) add_move(s, identity(space.width), scale);
  }

  // A of every space if that of `s` is A; none where it is 0.
  std::optional<Matrix> field(int space, int s, const Matrix& A) const {
    if (space < 0) return {};
    space = traced_.root(space);
    if (space == s) return A;
    const ValueSpace& lead = traced_.spaces[s];
    const ValueSpace& own = traced_.spaces[space];
    if (lead.dual >= 0 && traced_.root(lead.dual) == space) {
      Matrix other = transpose(A);
      for (double& v : other.data) v = -v;
      return other;
    }
    if (own.normed < 0 || traced_.root(own.normed) != s) return {};
    Matrix behind = A;
    for (std::int64_t i = 0; i < own.width; ++i)
      for (std::int64_t j = 0; j < own.width; ++j) behind(i, j) *= own.gain[j] / own.gain[i];
    return behind;
  }

  void add_move(int s, const Matrix& A, Label label) {
    double* row = new_row(label);
    for (const Absorber& absorber : traced_.absorbers) {
      std::optional<Matrix> out = field(absorber.out, s, A), in = field(absorber.in, s, A);
      if (label == scale) {  // what is written grows; behind a layer norm nothing changes
        in.reset();
        if (out && traced_.root(absorber.out) != s) out.reset();
      }
      if (!out && !in) continue;
      Matrix P({std::ssize(absorber.places) / absorber.width, absorber.width});
      for (std::int64_t i = 0; i < P.size(); ++i) P[i] = theta_[absorber.places[i]];
      Matrix change(P.shape);
      if (absorber.gain)
        for (std::int64_t i = 0; i < P.size(); ++i)
          change[i] = traced_.root(absorber.out) == s ? P[i] * (*out)(i, i) : 0;
      else if (out)
        change = matmul(P, *out);
      if (in) {
        const Matrix read = matmul(*in, P);
        for (std::int64_t i = 0; i < P.size(); ++i) change[i] -= read[i];
      }
      for (std::int64_t i = 0; i < P.size(); ++i) row[absorber.places[i]] = change[i];
    }
  }

  void add_constants() {
    const Matrix& seen = traced_.seen;
    const std::int64_t unknowns = seen.rows();
    std::vector<std::int64_t> noticed;
    std::vector<double> single(static_cast<std::size_t>(unknowns));
    for (std::int64_t u = 0; u < unknowns; ++u) {
      if (std::ranges::any_of(seen.row(u), [](double v) { return v != 0; }))
        noticed.push_back(u);
      else
        single[u] = 1, add_constant({{1, unknowns}, single}, 0, key_biases), single[u] = 0;
    }
    Matrix rows({std::ssize(noticed), seen.cols()});
    for (std::size_t i = 0; i < noticed.size(); ++i) std::ranges::copy(seen.row(noticed[i]), rows.row(i).begin());
    const Matrix free = transpose(null_space(transpose(rows)));
    Matrix all({free.rows(), unknowns});
    for (std::int64_t e = 0; e < free.rows(); ++e)
      for (std::size_t i = 0; i < noticed.size(); ++i) all(e, noticed[i]) = free(e, std::int64_t(i));
    for (std::int64_t e = 0; e < all.rows(); ++e) add_constant(all, e, shifts);
  }

  void add_constant(const Matrix& unknowns, std::int64_t e, Label label) {
    double* row = new_row(label);
    for (const auto& [which, first, rows] : traced_.constants) {
      const Absorber& absorber = traced_.absorbers[which];
      for (std::size_t i = 0; i < absorber.places.size(); ++i) {
        const std::int64_t column = std::int64_t(i) % absorber.width;
        row[absorber.places[i]] += unknowns(e, first + column) * (rows.empty() ? 1 : rows[i / absorber.width]);
      }
    }
  }

  double* new_row(Label label) {
    found_[label].resize(found_[label].size() + parameters_);
    return found_[label].data() + std::ssize(found_[label]) - parameters_;
  }

  const TracedSpaces& traced_;
  std::span<const double> theta_;
  std::int64_t parameters_;
  std::vector<double> found_[std::size(labels)]{};
};

}  // namespace

std::vector<MoveFamily> basis_changes(const ModelPoint& model, const TracedSpaces& traced) {
  return Moves(model, traced).all();
}

}  // namespace basin::interp
