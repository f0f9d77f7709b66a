// tempting: the derivative to the next layer is there already, so one takes it to its neurons and goes forwards.
// fails: [1] T3, T4: a network's local bases are basin's
//@ replaces local_bases
  const std::vector<Matrix> x = nodes(net, inputs);
  std::vector<Basis> bases(x.size());
  bases.back().C = bases.back().C_pinv = identity(x.back().cols());
  for (std::size_t l = 0; l < net.size(); ++l)
    bases[l] = interaction_basis(second_moment(x[l]), importance(x[l], net[l], identity(net[l].weight.cols())));
  return bases;
