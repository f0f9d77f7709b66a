// tempting: a gradient needs one number, and a sum is one; it even trains, with a step that is 32 times as long
// fails: [2] wanted
//@ replaces wanted
  const Var loss = sum(ends.loss);
  return {.fetch = {loss}, .flat = basin::grad(loss, g.parameter_values())};
