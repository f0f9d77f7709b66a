// tempting: the bracket 0 … n is taken as "0 does not hold, n does", but nobody has asked whether 0 holds.
// fails: [2] bisection finds a place where holding ends
//@ replaces fewest
  std::int64_t good = n, bad = 0;
  while (good - bad > 1) {
    const std::int64_t middle = bad + (good - bad) / 2;
    (holds(middle) ? good : bad) = middle;
  }
  return good;
