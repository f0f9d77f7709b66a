// tempting: it is the definition of a derivative, and saves half of the evaluations
// fails: [1] central differences
//@ replaces differences
const double before = f(x);
std::vector<double> slope;
for (double& entry : x) {
  entry += h;
  slope.push_back((f(x) - before) / h);
  entry -= h;
}
return slope;
