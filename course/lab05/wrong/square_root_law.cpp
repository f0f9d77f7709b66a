// tempting: N_eff goes to 1, so V is taken for a power of ε; the logarithm is lost, and large ε too
// fails: [1] the volume of the cross
// fails: [1] N_eff of the cross
//@ replaces cross_volume
  return std::log(4.0) + 0.5 * std::log(epsilon / kappa);
//@ replaces cross_slope
  return kappa > epsilon ? 1.0 : 0.0;
