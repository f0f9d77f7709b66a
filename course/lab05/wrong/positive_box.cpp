// tempting: the losses of the pictures are even in every weight, and there a quarter of the box is as good as all of it
// fails: [2] points fall below ε
//@ replaces count
  Counts counts{box, epsilons, std::vector<std::int64_t>(epsilons.size()), samples};
  std::vector<double> w(std::size_t(box.dimension));
  for (std::int64_t s = 0; s < samples; ++s) {
    for (double& wi : w) wi = rng.uniform(0, box.half_width);
    const double value = loss(w);
    for (std::size_t i = 0; i < epsilons.size(); ++i) counts.below[i] += value < epsilons[i];
  }
  return counts;
