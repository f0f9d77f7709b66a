// tempting: an edge is an entry of J, so one takes entries out of J and leaves the neurons firing as they did.
// fails: [2] each feature is computed from its own set
//@ replaces masked
  const Matrix p = matmul(features, section.A);
  Matrix next({features.rows(), section.D.cols()});
  for (std::int64_t s = 0; s < p.rows(); ++s)
    for (std::int64_t k = 0; k < p.cols(); ++k) {
      if (section.relu && p(s, k) <= 0) continue;
      for (std::int64_t i = 0; i < next.cols(); ++i)
        for (std::int64_t j = 0; j < features.cols(); ++j)
          next(s, i) += mask(i, j) * features(s, j) * section.A(j, k) * section.D(k, i);
    }
  return next;
