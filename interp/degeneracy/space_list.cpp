#include <algorithm>
#include <set>

#include "interp/degeneracy/traced_walk.h"

namespace basin::interp {

Place SpaceList::made(std::int64_t width, int axis, Matrix shift) {
  const int s = int(found_.spaces.size());
  found_.spaces.push_back({.width = width, .same = s});
  return {.space = s, .axes = width > 1 ? std::vector<int>{axis} : std::vector<int>{}, .shift = std::move(shift)};
}

void SpaceList::unite(int a, int b) {
  a = found_.root(a), b = found_.root(b);
  if (a == b) return;
  ValueSpace &to = found_.spaces[a], &from = found_.spaces[b];
  to.fixed |= from.fixed || to.dual >= 0 || from.dual >= 0 || to.normed >= 0 || from.normed >= 0;
  to.rotates |= from.rotates;
  if (from.kind != ValueSpace::linear) to.kind = from.kind, to.unit = from.unit;
  restrict(a, from.block);
  from.same = a;
}

void SpaceList::restrict(int s, const std::vector<std::int64_t>& block) {
  std::vector<std::int64_t>& own = at(s).block;
  if (block.empty()) return;
  if (own.empty()) own.assign(block.size(), 0);
  const std::vector<std::int64_t> before = own;
  for (std::size_t i = 0; i < own.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j)
      if (before[i] == before[j] && block[i] == block[j]) {
        own[i] = std::int64_t(j);
        break;
      }
}

void SpaceList::set_kind(int s, ValueSpace::Kind kind, std::vector<std::int64_t> unit) {
  at(s).kind = kind, at(s).unit = std::move(unit);
}

void SpaceList::notice(const Matrix& shift) {
  if (std::ranges::any_of(shift.data, [](double v) { return v != 0; })) noticed_.push_back(shift);
}

void SpaceList::absorb(const ParameterView& p, std::int64_t width, int in, Place& y, bool gain) {
  if (y.written < 0) y.written = int(found_.written.size()), found_.written.emplace_back();
  found_.written[y.written].push_back(found_.absorbers.size());
  found_.absorbers.push_back({.places = p.places, .width = width, .in = in, .out = y.space, .gain = gain});
}

Matrix SpaceList::with_unknowns(Matrix shift, std::int64_t width, std::vector<double> rows) {
  found_.constants.push_back({found_.absorbers.size() - 1, unknowns_, std::move(rows)});
  Matrix own({unknowns_ + width, width});
  for (std::int64_t i = 0; i < width; ++i) own(unknowns_ + i, i) = 1;
  unknowns_ += width;
  return plus(std::move(shift), own);
}

Matrix SpaceList::numbers(const ParameterView& of, std::int64_t width) const {
  Matrix m({std::ssize(of.places) / width, width});
  for (std::int64_t i = 0; i < m.size(); ++i) m[i] = theta_[of.places[i]];
  return m;
}

// What holds for one of two spaces that belong together holds for the other.
void SpaceList::resolve() {
  std::set<int> duals;
  for (std::size_t round = 0; round < found_.spaces.size() + 1; ++round)
    for (int s = 0; s < int(found_.spaces.size()); ++s) {
      ValueSpace& one = found_.spaces[s];
      if (one.same != s) continue;
      one.fixed |= one.rotates && !one.block.empty();
      if (one.normed >= 0 && one.fixed) at(one.normed).fixed = true;
      if (one.dual < 0) continue;
      const int k = root(one.dual);
      if (k == s || (round == 0 && !duals.insert(k).second)) one.fixed = true;
      one.fixed |= at(k).rotates || one.rotates;
      one.fixed = at(k).fixed = one.fixed || at(k).fixed;
      restrict(s, at(k).block);
      restrict(k, one.block);
    }
}

TracedSpaces SpaceList::result() {
  resolve();
  std::int64_t columns = 0, first = 0;
  for (const Matrix& m : noticed_) columns += m.shape[1];
  found_.seen = Matrix({unknowns_, columns});
  for (const Matrix& m : noticed_) {
    for (std::int64_t i = 0; i < m.shape[0]; ++i) std::ranges::copy(m.row(i), found_.seen.row(i).begin() + first);
    first += m.shape[1];
  }
  return std::move(found_);
}

}  // namespace basin::interp
