// tempting: 2/a is where gradient descent breaks, γ is left out of a_i, w forgets as u does, nβ is squared only once,
// and a parabola is h δ²
// fails: [1] what SGLD shows of a bowl
// fails: [1] a lie of the step
// fails: [1] a lie of γ
// fails: [1] a lie of the burn-in
// fails: [1] a lie of the batch
// fails: [1] a lie of the baseline
//@ replaces bowl
  double sum = 0;
  for (const double hi : h)
    if (hi > 0) sum += 0.5 / (1 - step * n_beta * hi / 4);
  return sum * (1 + gamma * 0) * (1 + step * n_beta * n_beta * gradient_variance / 4);
//@ replaces lying_step
  return 2 * (1 - 1 / ratio) / stiffness;
//@ replaces lying_gamma
  return n_beta * curvature * (1 - ratio);
//@ replaces burn_in
  return std::int64_t(std::ceil(std::log(1 - share) / std::log(std::abs(1 - step * stiffness / 2))));
//@ replaces lying_batch
  return std::llround(step * n_beta * row_variance / (4 * (ratio - 1)) * 10);
//@ replaces lying_baseline
  return std::sqrt((lambda - wanted) / (n_beta * curvature));
