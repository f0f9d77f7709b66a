// tempting: dead neurons have one firing pattern too, and so have always-on ones; a block is no more than that
// fails: [2] blocks
// fails: [2] count
//@ replaces blocks
  std::vector<FiringBlock> found;
  for (std::int64_t neuron = 0; neuron < layer.pre.cols(); ++neuron) {
    const auto same = std::ranges::find_if(found, [&](const FiringBlock& block) {
      for (std::int64_t i = 0; i < layer.pre.rows(); ++i)
        if ((layer.pre(i, neuron) > 0) != (layer.pre(i, block.neurons[0]) > 0)) return false;
      return true;
    });
    if (same == found.end()) {
      found.push_back({l, BlockKind::single, {neuron}});
    } else {
      same->neurons.push_back(neuron), same->kind = BlockKind::synchronised;
    }
  }
  return found;
