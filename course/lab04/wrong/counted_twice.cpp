// tempting: the paper's two counts, added; a direction that is free for both reasons is then counted twice
// fails: [1] low_rank
// fails: [2] count
//@ replaces low_rank
  const std::int64_t in = layer.activations.cols(), out = layer.gradients.cols();
  return {out * (in - rank(layer.activations)), in * (out - rank(layer.gradients)), 0};
