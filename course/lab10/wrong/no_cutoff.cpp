// tempting: the logarithm is the idea; what is below the cut-off gets a negative weight, so it counts less anyway.
// fails: [1] a weight counts decades above the cut-off
//@ replaces edge_weight
  return std::log10(interaction / cutoff);
