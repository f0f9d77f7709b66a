#include "interp/llc/oracles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/names.h"
#include "interp/llc/oracle_families.h"

namespace basin::interp {

std::vector<Oracle> oracles() {
  using namespace oracle_families;
  std::vector<Oracle> all;
  for (const auto family : {quadratics, homogeneous_losses, crossings, spheres, linear_layers, strata, units})
    for (Oracle& oracle : family()) all.push_back(std::move(oracle));
  return all;
}

std::vector<Oracle> selected_oracles(std::span<const std::string> patterns) {
  std::vector<Oracle> all = oracles();
  if (patterns.empty()) return all;
  std::vector<std::string> names;
  for (const Oracle& oracle : all) names.push_back(oracle.name);
  for (const std::string& pattern : patterns)
    if (std::ranges::none_of(names, [&](const std::string& name) { return matches_glob(pattern, name); }))
      throw NameError(fmt::format("oracles: none is called '{}'; help: did you mean {}? --list names all", pattern,
                                  nearest_name(pattern, names)));
  std::erase_if(all, [&](const Oracle& oracle) {
    return std::ranges::none_of(patterns, [&](const std::string& p) { return matches_glob(p, oracle.name); });
  });
  return all;
}

OracleResult run_oracle(const Oracle& oracle, std::uint64_t seed, int threads) {
  ChainSpec spec = oracle.chains;
  spec.seed = seed, spec.threads = threads;
  OracleResult r{.exact = oracle.exact(seed)};
  r.estimate = estimate_llc(sample<double>(oracle.posterior, oracle.sampler, spec), oracle.posterior, oracle.sampler);
  const ChainMean& found = r.estimate.lambda;
  r.off = found.mean / r.exact.value - 1;
  r.uncertainty = std::hypot((found.upper - found.lower) / 2, r.exact.error) / r.exact.value;
  r.within = std::abs(r.off) <= oracle.tolerance;
  r.wide = !(r.uncertainty <= oracle.tolerance);
  r.fano = !oracle.gamma_law || std::abs(r.estimate.fano - 1) <= 0.05;
  return r;
}

}  // namespace basin::interp
