// tempting: the sine is the imaginary part of turn(), whose angle is negative: the circle is run through backwards
// fails: [1] a planted circle
// fails: [1] the circle of the network
//@ replaces circle
  const std::int64_t p = table.rows(), d = table.cols();
  std::vector<double> mean(std::size_t(d), 0.0);
  basin::Matrix axes({2, d}), plane({p, 2});
  for (std::int64_t a = 0; a < p; ++a)
    for (std::int64_t j = 0; j < d; ++j) {
      mean[std::size_t(j)] += table(a, j) / double(p);
      axes(0, j) += turn(k * a, p).real() * table(a, j);
      axes(1, j) += turn(k * a, p).imag() * table(a, j);
    }
  for (std::int64_t axis = 0; axis < 2; ++axis) {
    const double length = std::sqrt(basin::dot(axes.row(axis), axes.row(axis)));
    for (std::int64_t a = 0; a < p; ++a)
      plane(a, axis) = (basin::dot(table.row(a), axes.row(axis)) - basin::dot(mean, axes.row(axis))) / length;
  }
  return plane;
