// tempting: the block is mixed by A, so what reads it is mixed by A; but it has to take A back
// fails: [1] moves
//@ replaces moves
  std::vector<double> rows;
  std::vector<std::int64_t> start{0};  // of the layers in θ
  for (std::int64_t l = 0; l < net.layers(); ++l) start.push_back(start[l] + net.parameters(l));
  const auto add = [&](std::int64_t l, std::int64_t i, std::int64_t j) {
    rows.resize(rows.size() + std::size_t(start.back()));
    double* row = &rows[rows.size() - std::size_t(start.back())];
    const Matrix &in = net.weights[l], &out = net.weights[l + 1];
    const std::int64_t d = in.rows(), width = net.inputs(l), next = net.inputs(l + 1);
    for (std::int64_t c = 0; c < width; ++c)  // row i of the first layer gets row j, or the constant's (0, …, 0, 1)
      row[start[l] + i * width + c] = j == d ? c == width - 1 : c < width - 1 ? in(j, c) : net.biases[l][j];
    for (std::int64_t r = 0; r < out.rows(); ++r) row[start[l + 1] + r * next + j] = out(r, i);
  };
  for (const FiringBlock& block : blocks) {
    if (block.kind == BlockKind::dead) continue;
    std::vector<std::int64_t> sources = block.neurons;
    if (block.kind == BlockKind::always_on) sources.push_back(net.weights[block.layer].rows());
    for (const std::int64_t i : block.neurons)
      for (const std::int64_t j : sources) add(block.layer, i, j);
  }
  return {{std::int64_t(rows.size()) / start.back(), start.back()}, rows};
