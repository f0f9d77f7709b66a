// tempting: the rule of an op with one input, with another name; a rule that gives an input nothing is no error
// fails: [1] hypot: slopes a / y and b / y
// fails: [1] hypot: its Hessian
//@ replaces hypot
  r.to(0, [&] { return r.ct() * (r.in(0) / r.y()); });
