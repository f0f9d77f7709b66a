// tempting: one mean Jacobian and one mean square of each feature need no loop over samples.
// fails: [2] squared edges are means of squares
//@ replaces squared_edges
  const Matrix p = matmul(features, section.A);
  Matrix J({section.D.cols(), features.cols()}), E(J.shape);
  for (std::int64_t k = 0; k < p.cols(); ++k) {
    double rate = 0;
    for (std::int64_t s = 0; s < p.rows(); ++s) rate += !section.relu || p(s, k) > 0 ? 1.0 / double(p.rows()) : 0;
    for (std::int64_t i = 0; i < J.rows(); ++i)
      for (std::int64_t j = 0; j < J.cols(); ++j) J(i, j) += section.A(j, k) * rate * section.D(k, i);
  }
  for (std::int64_t s = 0; s < features.rows(); ++s)
    for (std::int64_t i = 0; i < E.rows(); ++i)
      for (std::int64_t j = 0; j < E.cols(); ++j)
        E(i, j) += J(i, j) * J(i, j) * features(s, j) * features(s, j) / double(features.rows());
  return E;
