// tempting: pairs with the same x + y are put together, and 3 + 4 is not 20 + 16; but modulo 29 it is
// fails: [1] the share of the sum
//@ replaces rule
  const std::int64_t outputs = logits.cols();
  double between = 0, all = 0;
  for (std::int64_t j = 0; j < outputs; ++j) {
    std::vector<double> by_sum(std::size_t(2 * p), 0.0), count(std::size_t(2 * p), 0.0);
    double mean = 0;
    for (std::int64_t r = 0; r < p * p; ++r) {
      by_sum[std::size_t(r / p + r % p)] += logits(r, j), count[std::size_t(r / p + r % p)] += 1;
      mean += logits(r, j) / double(p * p);
    }
    for (std::size_t s = 0; s < by_sum.size(); ++s)
      if (count[s] > 0) between += count[s] * std::pow(by_sum[s] / count[s] - mean, 2);
    for (std::int64_t r = 0; r < p * p; ++r) all += (logits(r, j) - mean) * (logits(r, j) - mean);
  }
  return between / all;
