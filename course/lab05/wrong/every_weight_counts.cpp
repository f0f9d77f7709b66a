// tempting: each weight of power p has room ε^(1/p), and one adds up exponents, also where one small weight is enough
// fails: [1] the limit of N_eff
//@ replaces limit_product
  return limit_of_sum(powers);
//@ replaces limit_sum
  double sum = 0;
  for (const double p : powers) sum += 2 / p;
  return sum;
