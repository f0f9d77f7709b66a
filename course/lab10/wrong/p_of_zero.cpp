// tempting: p is a share, so it is a count over a count; that none of 100 is as high then says p = 0.
// fails: [1] z and p of a Q among random ones
// fails: [2] planted modules are found by decades
//@ replaces compare
  const double n = double(random.size());
  Comparison c;
  for (const double q : random) c.mean += q / n;
  for (const double q : random) c.sd += (q - c.mean) * (q - c.mean) / n;
  c.sd = std::sqrt(c.sd);
  c.z = (Q - c.mean) / c.sd;
  c.p = double(std::ranges::count_if(random, [&](double q) { return q >= Q; })) / n;
  return c;
