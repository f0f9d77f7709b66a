// tempting: gradient descent takes a whole step down; then chains are too cold
// fails: [1] a step goes half
// fails: [1] chains on all rows
//@ replaces step
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] += -step * (n_beta * gradient[i] + gamma * (w[i] - center[i])) + std::sqrt(step) * noise[i];
