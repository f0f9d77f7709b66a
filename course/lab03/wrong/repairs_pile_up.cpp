// tempting: the mixed layer is made once, before the loop, and one column of it after the other becomes healthy
// fails: [1] repairs
//@ replaces repairs
  Matrix mixed = look(broken, data, name);
  const Matrix good = look(healthy, data, name);
  std::vector<double> losses;
  for (std::int64_t j = 0; j < mixed.cols(); ++j) {
    for (std::int64_t row = 0; row < mixed.rows(); ++row) mixed(row, j) = good(row, j);
    losses.push_back(mean_loss(patched(broken, data, name, mixed), data));
  }
  return losses;
