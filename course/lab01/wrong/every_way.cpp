// tempting: the chain rule read aloud is a recursion: the slope at y times the local slope, for every parent
// fails: [1] a gradient reads each entry once
//@ replaces sweep
std::vector<double> slope(size());
const std::function<void(int, double)> visit = [&](int id, double owed) {
  slope[id] += owed;
  for (const Link& link : entry(id).links) visit(link.parent, owed * link.slope);
};
visit(y.id, 1);
return slope;
