// tempting: std::max for the largest error; at order 2 the curvature v.Hv along a direction, one number for the loss
// fails: [1] order 1
// fails: [1] order 2
//@ replaces order_1
  const Numbers gradient = s.run(grad(s.loss, s.x), s.point);
  double worst = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    Numbers axis(gradient.size(), 0.0);
    axis[i] = 1;
    const double up = s.run({s.loss}, moved(s.point, axis, h))[0], down = s.run({s.loss}, moved(s.point, axis, -h))[0];
    worst = std::max(worst, distance(gradient[i], (up - down) / (2 * h)));
  }
  return worst;
//@ replaces order_2
  const Numbers product = s.run(basin::hvp(s.loss, s.x, s.directions), s.point);
  const std::vector<Var> gradient = grad(s.loss, s.x);
  const Numbers up = s.run(gradient, moved(s.point, s.along, h)), down = s.run(gradient, moved(s.point, s.along, -h));
  double curvature = 0, difference = 0;
  for (std::size_t i = 0; i < product.size(); ++i) {
    curvature += s.along[i] * product[i];
    difference += s.along[i] * (up[i] - down[i]) / (2 * h);
  }
  return distance(curvature, difference);
