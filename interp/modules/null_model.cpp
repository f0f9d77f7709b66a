#include "interp/modules/null_model.h"

#include <utility>

namespace basin::interp {
namespace {

struct Place {
  std::int64_t to, from;
};

std::vector<Place> places_of(const Matrix& e) {
  std::vector<Place> places;
  for (std::int64_t i = 0; i < e.rows(); ++i)
    for (std::int64_t j = 0; j < e.cols(); ++j)
      if (e(i, j) > 0) places.push_back({i, j});
  return places;
}

// Edges that share an end are refused too: one of the two new places is then an old one.
void swap_ends(std::vector<Place>& places, Matrix& e, Rng& rng) {
  constexpr std::size_t attempts_per_edge = 20;
  for (std::size_t attempt = 0; attempt < attempts_per_edge * places.size(); ++attempt) {
    Place &a = places[rng.below(places.size())], &b = places[rng.below(places.size())];
    if (e(a.to, b.from) > 0 || e(b.to, a.from) > 0) continue;
    std::swap(e(a.to, a.from), e(a.to, b.from));
    std::swap(e(b.to, b.from), e(b.to, a.from));
    std::swap(a.from, b.from);
  }
}

void deal_weights(const std::vector<Place>& places, Matrix& e, Rng& rng) {
  const Matrix old = e;
  const std::vector<std::int64_t> order = rng.permutation(std::int64_t(places.size()));
  for (std::size_t k = 0; k < places.size(); ++k) {
    const Place& giver = places[order[k]];
    e(places[k].to, places[k].from) = old(giver.to, giver.from);
  }
}

}  // namespace

LayeredGraph rewired(const LayeredGraph& graph, Rng& rng) {
  LayeredGraph random = graph;
  for (Matrix& e : random.edges) {
    std::vector<Place> places = places_of(e);
    swap_ends(places, e, rng);
    deal_weights(places, e, rng);
  }
  return random;
}

}  // namespace basin::interp
