// tempting: the loss is at hand and is one number; its slope says what would hurt, divided by the number of rows
// fails: [2] saliency
//@ replaces saliency
  Graph g;
  const Ends ends = net.model.trace(g, basin::rows_of(data, "saliency"));
  const Var slope = basin::grad(mean(ends.loss), {g["x"]})[0];
  Program<double> program(g, {.fetch = {slope}}, net.theta.bindings(g));
  feed(program, data);
  program.run();
  return program.copy(slope);
