// tempting: the mean of a product looks like the product of means: each neuron's firing rate is easy to see.
// fails: [2] importance is E J^T J
// fails: [1] T3, T4: a network's local bases are basin's
//@ replaces importance
  Matrix slopes = matmul(x, section.weight);
  for (double& v : slopes.data) v = !section.relu || v > 0 ? 1 : 0;
  std::vector<double> rate(std::size_t(slopes.cols()));
  for (std::int64_t s = 0; s < slopes.rows(); ++s)
    for (std::int64_t i = 0; i < slopes.cols(); ++i) rate[std::size_t(i)] += slopes(s, i) / double(slopes.rows());
  Matrix inner = matmul(target, target, false, true);
  for (std::int64_t i = 0; i < inner.rows(); ++i)
    for (std::int64_t j = 0; j < inner.cols(); ++j) inner(i, j) *= rate[std::size_t(i)] * rate[std::size_t(j)];
  return matmul(matmul(section.weight, inner), section.weight, false, true);
