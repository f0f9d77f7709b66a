// tempting: the draws are there, so they are used, all from the first step on
// fails: [1] chains on all rows
//@ replaces sgld
  RowLoss loss(posterior, settings.batch);
  const std::span<const double> start = posterior.model.parameters.flat();
  const bool batches = settings.batch > 0 && loss.n() > 0;
  std::vector<std::int64_t> rows(std::size_t(loss.batch()));
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<double> noise(start.size());
  basin::Matrix u({settings.chains, settings.draws});
  for (std::int64_t c = 0; c < settings.chains; ++c) {
    basin::Rng own = rng.stream(std::to_string(c));
    std::vector<double> w(start.begin(), start.end());
    for (std::int64_t t = 0; t < settings.draws; ++t) {
      if (batches)
        for (std::int64_t& row : rows) row = std::int64_t(own.below(std::uint64_t(loss.n())));
      const double base = loss.loss(start, rows), here = loss.loss(w, rows);
      u(c, t) = posterior.n_beta * (here - base);
      own.fill_normal(std::span(noise));
      langevin_step(w, loss.gradient(), start, posterior.n_beta, posterior.gamma, settings.step, noise);
    }
  }
  return u;
