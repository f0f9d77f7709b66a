// tempting: "how much lies inside of modules" is what the word says, and it is between 0 and 1.
// fails: [2] modularity is what is inside less what strengths alone
//@ replaces modularity
  double m = 0, inside = 0;
  for (const LayeredEdge& e : edges) {
    m += e.weight;
    if (partition[std::size_t(e.from)] == partition[std::size_t(e.to)]) inside += e.weight;
  }
  return inside / m;
