// tempting: trade places of edges as they are, with their weights: each moves once, so "everything has moved".
// fails: [2] all rewired tables are equally likely
//@ replaces rewired
  Matrix random = edges;
  std::vector<std::pair<std::int64_t, std::int64_t>> list;
  for (std::int64_t i = 0; i < edges.rows(); ++i)
    for (std::int64_t j = 0; j < edges.cols(); ++j)
      if (edges(i, j) > 0) list.emplace_back(i, j);
  for (auto& a : list) {
    auto& b = list[rng.below(list.size())];
    if (random(a.first, b.second) > 0 || random(b.first, a.second) > 0) continue;
    std::swap(random(a.first, a.second), random(a.first, b.second));
    std::swap(random(b.first, b.second), random(b.first, a.second));
    std::swap(a.second, b.second);
  }
  return random;
