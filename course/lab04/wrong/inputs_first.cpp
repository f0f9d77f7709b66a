// tempting: in memory basin holds weights as [in, out], so the columns of J go input by input; ranks do not notice
// fails: [1] jacobian
//@ replaces jacobian
  const std::int64_t rows = layers[0].gradients.rows(), k = layers.back().pre.cols();
  std::int64_t parameters = 0, at = 0;
  for (const Layer& layer : layers) parameters += layer.activations.cols() * layer.gradients.cols();
  Matrix J({rows, parameters});
  for (const Layer& layer : layers)
    for (std::int64_t j = 0; j < layer.activations.cols(); ++j)
      for (std::int64_t i = 0; i < layer.gradients.cols(); ++i, ++at)
        for (std::int64_t row = 0; row < rows; ++row)
          J(row, at) = layer.gradients(row, i) * layer.activations(row / k, j);
  return J;
