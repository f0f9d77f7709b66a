// tempting: a wave is a cosine; but one of another phase has a sine too, and with phase 90° nothing else
// fails: [1] a planted wave
// fails: [1] powers add up
//@ replaces power
  const std::int64_t p = table.rows(), d = table.cols();
  std::vector<double> power;
  for (std::int64_t k = 0; k <= p / 2; ++k) {
    double sum = 0;
    for (std::int64_t j = 0; j < d; ++j) {
      double F = 0;
      for (std::int64_t a = 0; a < p; ++a) F += turn(k * a, p).real() * table(a, j);
      sum += F * F;
    }
    power.push_back(sum * (k == 0 ? 1 : 2) / double(p));
  }
  return power;
