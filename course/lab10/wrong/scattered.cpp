// tempting: a random graph is one whose edges lie anywhere; a shuffle of the table is one line.
// fails: [1] rewiring keeps every degree and every weight
// fails: [2] all rewired tables are equally likely
//@ replaces rewired
  Matrix random = edges;
  const std::vector<std::int64_t> order = rng.permutation(edges.size());
  for (std::int64_t e = 0; e < edges.size(); ++e) random[e] = edges[order[std::size_t(e)]];
  return random;
