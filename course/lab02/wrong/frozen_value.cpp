// tempting: y is a finished number, so nothing seems to be lost if it is taken as a constant; the gradient is right
// fails: [1] bump: the slope of the slope
//@ replaces bump
  r.to(0, [&] { return r.ct() * (-2.0 * r.in(0) * stop_gradient(r.y())); });
