// Local learning coefficients over a sweep of nβ, each with an error bar, verdicts, and the count of a quadratic of the
// same curvature (docs/theory.md §6.4).
#pragma once
#include <filesystem>
#include <functional>
#include <optional>

#include "experiments/cli/experiment.h"
#include "experiments/cli/run_directory.h"
#include "experiments/llc/llc_subject.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "interp/llc/coefficient_fit.h"
#include "interp/llc/estimate.h"
#include "interp/llc/responses.h"

namespace basin::experiments {

struct LlcSettings {
  std::vector<double> n_betas{};  // ascending
  double gamma = 0;
  interp::SamplerSpec sampler{};
  interp::ChainSpec chains{};
  interp::Budget budget{};
  bool f32 = false;        // precision of the chains; losses are summed in double by either
  bool responses = false;  // to the data: at each nβ
  Shard shard{};           // of the groups of chains at all nβ
};

void add_sampling_options(Options& options, const std::string& n_beta);

// With what depends on the subject decided: --n-beta auto is n / ln n, a grid lies around it; sampler auto is hmc where
// a gradient over all data is cheap, else sgld on batches. UsageError for what does not go together.
LlcSettings llc_settings(const Options& options, const LlcSubject& subject);

// A loss whose exact value is known (llc_oracles --list), as `llc` takes networks. NameError for another name;
// UsageError for options that are of networks or of sampling, which the oracle has decided.
struct LlcOracle {
  LlcSubject subject{};
  LlcSettings settings{};
  double exact = 0;
  std::string source{};  // the function that knows it
};
LlcOracle llc_oracle(const Options& options);

struct LlcPoint {
  interp::Sampled sampled{};
  interp::LocalCurvature::Count gauss_newton{};
  std::optional<double> exact{};                      // where it is known
  std::optional<interp::ResponseReport> responses{};  // of the mean loss; where they were asked for and a chain counts

  double n_beta() const { return sampled.estimate.n_beta; }
  // Sampled count over the Gauss-Newton count: 1 in a quadratic basin, less the more degenerate it is.
  double share_of_quadratic() const { return sampled.estimate.lambda.mean / gauss_newton.value; }
};

struct LlcFindings {
  LlcSubject subject{};
  LlcSettings settings{};
  interp::LocalCurvature curvature{};
  std::vector<LlcPoint> points{};  // by nβ
  interp::CoefficientFit fit{};
};

// One nβ after the other. In `folder`, if it is not empty, the state of each one's chains is kept, from which they go
// on; progress hears the chain-steps done and all that there are. Interrupted after SIGINT or SIGTERM, with states
// saved.
LlcFindings llc_sweep(const LlcSubject& subject, const LlcSettings& settings, const std::filesystem::path& folder,
                      const std::function<void(std::int64_t done, std::int64_t all)>& progress);

// Those chains of them that fall to settings.shard, into the folder: no estimates. Errors as above.
void llc_share(const LlcSubject& subject, const LlcSettings& settings, const std::filesystem::path& folder,
               const std::function<void(std::int64_t done, std::int64_t all)>& progress);

report::Json response_results(const LlcFindings& findings);  // a table of classes and one of rows for each nβ
report::Json llc_results(const LlcFindings& findings);
std::vector<report::NamedFigure> llc_figures(const LlcFindings& findings);
// For each nβ, by its number i: u_i and distance_i [chains, draws], places_i [chains x kept, parameters] if they are
// kept; and n_beta.
void write_chains(const LlcFindings& findings, const std::string& path);

// The command: what its executable declares and runs.
Options llc_options();
int run_llc(const Options& options);

}  // namespace basin::experiments
