// tempting: the frequencies that are named are kept, and 0 is not among them
// fails: [1] keeping frequencies
//@ replaces keep
  const std::int64_t p = table.rows(), d = table.cols();
  basin::Matrix kept({p, d});
  std::vector<double> weight(std::size_t(p), 0.0);
  for (std::int64_t n = 0; n < p; ++n)
    for (const std::int64_t k : frequencies) weight[std::size_t(n)] += 2 * turn(k * n, p).real();
  for (std::int64_t a = 0; a < p; ++a)
    for (std::int64_t n = 0; n < p; ++n)
      for (std::int64_t j = 0; j < d; ++j) kept(a, j) += weight[std::size_t(n)] * table((a + n) % p, j) / double(p);
  return kept;
