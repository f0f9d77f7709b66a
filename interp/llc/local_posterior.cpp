#include "interp/llc/local_posterior.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "autodiff/runner.h"
#include "core/names.h"

namespace basin::interp {

bool LocalPosterior::moves(const std::string& name) const {
  return free.empty() || std::ranges::any_of(free, [&](const std::string& glob) { return matches_glob(glob, name); });
}

std::int64_t LocalPosterior::dimension() const {
  std::int64_t size = 0;
  for (const auto& slice : model.parameters.slices())
    if (moves(slice.name)) size += slice.size;
  return size;
}

void LocalPosterior::center_prior_at_zeros() {
  prior_mean = model.parameters;
  std::ranges::fill(prior_mean->flat(), 0.0);
}

void LocalPosterior::validate() const {
  if (!(n_beta > 0) || !std::isfinite(n_beta))
    throw UsageError(fmt::format("local posterior: n beta {} given; wanted a number above 0", n_beta));
  if (!(gamma >= 0) || !std::isfinite(gamma))
    throw UsageError(fmt::format("local posterior: gamma {} given; wanted 0 or more", gamma));
  std::vector<std::string> names;
  for (const auto& slice : model.parameters.slices()) names.push_back(slice.name);
  if (names.empty()) throw UsageError("local posterior: the model has no parameters");
  for (const std::string& glob : free)
    if (std::ranges::none_of(names, [&](const std::string& name) { return matches_glob(glob, name); }))
      throw UsageError(
          fmt::format("local posterior: no parameter fits '{}'; there are {}", glob, fmt::join(names, ", ")));
  if (!prior_mean) return;
  const auto same = [](const auto& a, const auto& b) { return a.name == b.name && a.shape == b.shape; };
  if (!std::ranges::equal(prior_mean->slices(), model.parameters.slices(), same))
    throw ShapeError("local posterior: the prior's mean has other slices than the parameters at w*");
}

LocalPosterior behavioural(LocalPosterior posterior) {
  const std::int64_t rows = rows_of(posterior.data, "behavioural loss");
  Runner<double> runner(posterior.model, posterior.model.parameters, [](Graph&, const Ends& ends) {
    if (!ends.output) throw UsageError("behavioural loss: the model has no output");
    return ProgramSpec{.fetch = {ends.output}};
  });
  const auto& batch = runner.run(posterior.data, 0, rows);
  posterior.data["behaviour"] = batch.program->copy(batch.ends.output);
  posterior.model.trace = [trace = posterior.model.trace](Graph& graph, std::int64_t n) {
    const Var output = trace(graph, n).output;
    const Var distance = square(output - graph.input("behaviour", output.shape()));
    const std::int64_t numbers = distance.shape().numel() / n;
    return Ends{output, graph.name(sum(reshape(distance, {n, numbers}), {-1}), "behavioural_loss")};
  };
  return posterior;
}

}  // namespace basin::interp
