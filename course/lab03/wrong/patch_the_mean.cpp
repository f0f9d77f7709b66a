// tempting: "put the layer's typical values in", as mean ablation does: every row is fed the mean over the rows
// fails: [2] patched
//@ replaces patched
  Graph g;
  const Ends ends = net.model.trace(g, basin::rows_of(data, "patched"));
  Program<double> program(g, {.fetch = {ends.output}, .feed = {g[name]}}, net.theta.bindings(g));
  feed(program, data);
  Matrix same = values;
  for (std::int64_t j = 0; j < values.cols(); ++j) {
    double sum = 0;
    for (std::int64_t i = 0; i < values.rows(); ++i) sum += values(i, j);
    for (std::int64_t i = 0; i < values.rows(); ++i) same(i, j) = sum / double(values.rows());
  }
  program.feed(name, same.data);
  program.run();
  return program.copy(ends.output);
