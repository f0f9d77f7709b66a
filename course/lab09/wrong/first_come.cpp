// tempting: sort, take the first `kept` places: exactly as many as asked for, whatever is equal.
// fails: [1] the largest edges, and all that equal the smallest
//@ replaces largest
  Matrix mask(E.shape);
  std::vector<std::int64_t> places(E.data.size());
  for (std::size_t e = 0; e < places.size(); ++e) places[e] = std::int64_t(e);
  std::ranges::stable_sort(places, [&](std::int64_t a, std::int64_t b) { return E[a] > E[b]; });
  for (std::int64_t e = 0; e < kept; ++e) mask[places[std::size_t(e)]] = 1;
  return mask;
