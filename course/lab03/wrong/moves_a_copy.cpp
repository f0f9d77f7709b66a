// tempting: auto takes a copy of the parameters; the code reads well and no parameter of the network ever moves
// fails: [1] step
// fails: [1] train
//@ replaces step
  const auto& batch = runner.run(data, rows);
  auto parameters = net.theta;
  for (std::size_t i = 0; i < parameters.flat().size(); ++i)
    parameters.flat()[i] -= rate * batch.program->flat()[i];
  return batch.program->scalar(batch.spec.fetch[0]);
