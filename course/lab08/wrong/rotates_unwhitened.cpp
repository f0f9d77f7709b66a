// tempting: "rotate to what matters" sounds like the eigenvectors of M, so why whiten before?
// fails: [2] lambda is the spectrum of G M
// fails: [1] T1: other coordinates, the same features
//@ replaces interaction_basis
  const Frame frame = whitened(G, cut);
  const Eigh e = eigh(M);
  const std::vector<std::int64_t> kept = above(e.values, cut);
  const Matrix V = columns_at(e.vectors, kept);
  Basis basis;
  basis.lambda.assign(e.values.begin(), e.values.begin() + std::ssize(kept));
  basis.C = scaled_columns(V, basis.lambda, 0.5);
  basis.C_pinv = transpose(scaled_columns(V, basis.lambda, -0.5));
  return basis;
