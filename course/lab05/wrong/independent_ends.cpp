// tempting: errors of a difference are added as squares; but the two counts share their points
// fails: [1] the error of a slope
//@ replaces slopes
  std::vector<Measured> result;
  const std::vector<Measured> v = log_volumes(counts);
  for (std::size_t i = 0; i + 1 < v.size(); ++i) {
    const double factor = 2 / std::log(counts.epsilons[i] / counts.epsilons[i + 1]);
    if (counts.below[i + 1] == 0)
      result.push_back({nan, infinity});
    else
      result.push_back({factor * (v[i].value - v[i + 1].value), factor * std::hypot(v[i].error, v[i + 1].error)});
  }
  return result;
