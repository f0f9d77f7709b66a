#include "core/error.h"
#include "experiments/cli/command_name.h"
#include "experiments/llc/llc_study.h"
#include "interp/llc/oracles.h"

namespace basin::experiments {

LlcOracle llc_oracle(const Options& o) {
  o.require_unused({"run", "weights", "data", "inputs", "targets", "rows", "labels", "restrict", "epoch", "network"},
                   "--oracle is a loss without a network");
  o.require_unused({"n-beta", "gamma", "sampler", "step", "leapfrogs", "batch", "share-batches", "no-control-variates",
                    "chains", "draws", "warm-up", "standard-error", "most-draws", "dtype", "calibrate", "responses"},
                   "--oracle decides how it is sampled");
  const std::string names[] = {o.text("oracle")};
  const std::vector<interp::Oracle> found = interp::selected_oracles(names);
  if (found.size() > 1)
    throw UsageError("--oracle: wanted one name; help: " + as_typed("llc_oracles --only takes patterns"));
  const interp::Oracle& oracle = found[0];
  LlcOracle known{.source = oracle.source};
  known.subject = {.posterior = oracle.posterior,
                   .samples = oracle.posterior.data.empty() ? 0 : rows_of(oracle.posterior.data, "oracle"),
                   .what = oracle.name,
                   .data = oracle.posterior.data.empty() ? "no data" : "data of its own",
                   .loss = oracle.what};
  known.settings = {.n_betas = {oracle.posterior.n_beta},
                    .gamma = oracle.posterior.gamma,
                    .sampler = oracle.sampler,
                    .chains = oracle.chains};
  known.settings.chains.seed = std::uint64_t(o.integer("seed"));
  known.settings.chains.threads = o.threads();
  known.settings.chains.keep_every = o.integer("keep-every");
  known.exact = oracle.exact(known.settings.chains.seed).value;
  return known;
}

}  // namespace basin::experiments
