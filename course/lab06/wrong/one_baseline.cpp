// tempting: L(w*) over all rows is computed once, which saves half of the work; but the noise of the batch stays in u
// fails: [1] batches heat the chains
//@ replaces sgld
  RowLoss loss(posterior, settings.batch), whole(posterior);
  const std::span<const double> start = posterior.model.parameters.flat();
  const bool batches = settings.batch > 0 && loss.n() > 0;
  std::vector<std::int64_t> all(std::size_t(whole.batch())), rows(std::size_t(loss.batch()));
  std::iota(all.begin(), all.end(), 0);
  std::iota(rows.begin(), rows.end(), 0);
  const double base = whole.loss(start, all);
  std::vector<double> noise(start.size());
  basin::Matrix u({settings.chains, settings.draws});
  for (std::int64_t c = 0; c < settings.chains; ++c) {
    basin::Rng own = rng.stream(std::to_string(c));
    std::vector<double> w(start.begin(), start.end());
    for (std::int64_t t = -settings.warm_up; t < settings.draws; ++t) {
      if (batches)
        for (std::int64_t& row : rows) row = std::int64_t(own.below(std::uint64_t(loss.n())));
      const double here = loss.loss(w, rows);
      if (t >= 0) u(c, t) = posterior.n_beta * (here - base);
      own.fill_normal(std::span(noise));
      langevin_step(w, loss.gradient(), start, posterior.n_beta, posterior.gamma, settings.step, noise);
    }
  }
  return u;
