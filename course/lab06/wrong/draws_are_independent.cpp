// tempting: the error of a mean is the deviation over the root of the number; but draws of a chain are alike
// fails: [1] the error of λ̂
//@ replaces lambda
  const double n = double(u.size());
  double sum = 0, squares = 0;
  for (const double x : u.data) sum += x;
  for (const double x : u.data) squares += (x - sum / n) * (x - sum / n);
  return {sum / n, std::sqrt(squares / (n - 1) / n)};
