// tempting: second differences along the axes are right for losses without products of weights
// fails: [1] the Hessian of a quadratic
//@ replaces hessian
  std::vector<double> w(std::size_t(dimension), 0.0);
  basin::Matrix H({dimension, dimension});
  const double middle = loss(w);
  for (std::int64_t i = 0; i < dimension; ++i) {
    double& wi = w[std::size_t(i)];
    wi = h;
    const double up = loss(w);
    wi = -h;
    const double down = loss(w);
    wi = 0;
    H(i, i) = (up - 2 * middle + down) / (h * h);
  }
  return H;
