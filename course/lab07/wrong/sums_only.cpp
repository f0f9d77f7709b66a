// tempting: frequencies k and -k are one, so l >= 0 seems enough; but then cos(kx - ly) is not among the waves
// fails: [2] the strongest of planted waves
//@ replaces label
  const std::int64_t half = p / 2;
  double mean = 0, variance = 0;
  for (const double value : f) mean += value / double(f.size());
  for (const double value : f) variance += (value - mean) * (value - mean);
  Wave best{0, 1, 0};
  if (variance <= 1e-20 * mean * mean * double(f.size())) return best;
  for (std::int64_t k = 0; k <= half; ++k)
    for (std::int64_t l = k == 0 ? 1 : 0; l <= half; ++l) {
      std::complex<double> F = 0;
      for (std::int64_t x = 0; x < p; ++x)
        for (std::int64_t y = 0; y < p; ++y) F += turn(k * x + l * y, p) * f[std::size_t(x * p + y)];
      const double share = 2 * std::norm(F) / double(p * p) / variance;
      if (share > best.share) best = {k, l, share};
    }
  return best;
