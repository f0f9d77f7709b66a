// tempting: "drop the zeros" reads as D > 0, and the zeros of a computed spectrum are 1e-17.
// fails: [1] in the white frame all directions that vary do so alike
//@ replaces whitened
  const Eigh e = eigh(G);
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < e.values.size(); ++i)
    if (std::abs(e.values[i]) > 0 * cut) kept.push_back(std::int64_t(i));
  const Matrix U = columns_at(e.vectors, kept);
  Frame frame;
  for (const std::int64_t i : kept) frame.variances.push_back(std::abs(e.values[std::size_t(i)]));
  frame.to = scaled_columns(U, frame.variances, -0.5);
  frame.back = transpose(scaled_columns(U, frame.variances, 0.5));
  return frame;
