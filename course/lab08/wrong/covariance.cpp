// tempting: PCA begins by taking the means away, and every library's cov() does.
// fails: [1] second moments are means of products
//@ replaces second_moment
  Matrix centred = x;
  for (std::int64_t j = 0; j < x.cols(); ++j) {
    double mean = 0;
    for (std::int64_t s = 0; s < x.rows(); ++s) mean += x(s, j) / double(x.rows());
    for (std::int64_t s = 0; s < x.rows(); ++s) centred(s, j) -= mean;
  }
  Matrix G = matmul(centred, centred, true, false);
  for (double& v : G.data) v /= double(x.rows());
  return G;
