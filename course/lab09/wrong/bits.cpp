// tempting: entropy is measured in bits, and then exp of it looks as good as 2 to its power.
// fails: [1] equal edges count fully, small ones hardly
//@ replaces effective_edges
  double all = 0, entropy = 0;
  for (const double e : E.data) all += e;
  for (const double e : E.data)
    if (e > 0) entropy -= e / all * std::log2(e / all);
  return all > 0 ? std::exp(entropy) : 0;
