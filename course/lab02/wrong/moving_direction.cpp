// tempting: the formula H v = grad(gradient . v) as it stands; it is right for every direction that is an input
// fails: [1] hessian_product: a direction
//@ replaces hessian_product
  const std::vector<Var> gradient = grad(loss, wrt);
  Var slope = loss.graph->constant(0);
  for (std::size_t i = 0; i < wrt.size(); ++i) slope = slope + sum(gradient[i] * directions[i]);
  return grad(slope, wrt);
