#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "experiments/llc/llc_study.h"

namespace basin::experiments {
namespace {

constexpr double cheap = 2e7;  // rows x parameters of a gradient that hmc takes again and again

double number_from(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value > 0))
    throw UsageError(
        fmt::format("--n-beta: '{}' given; wanted auto, grid, or numbers above 0, as in 100,1e3,1e4", text));
  return value;
}

std::vector<double> n_betas(const Options& o, const LlcSubject& subject) {
  const std::vector<std::string> words = o.words("n-beta");
  const double n = double(subject.samples), natural = n > 2 ? n / std::log(n) : 1;
  if (words == std::vector<std::string>{"auto"}) {
    if (subject.samples < 3)
      throw UsageError(
          "--n-beta auto is n / ln n, and there are not 3 rows; help: give numbers, as in --n-beta 100,1e4");
    return {natural};
  }
  std::vector<double> all;
  if (words == std::vector<std::string>{"grid"})
    for (int k = -4; k <= 4; ++k) all.push_back(natural * std::pow(10, k / 2.0));
  else
    for (const std::string& word : words) all.push_back(number_from(word));
  if (all.empty()) throw UsageError("--n-beta: nothing given; wanted auto, grid, or numbers above 0");
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

interp::SamplerSpec sampler(const Options& o, const LlcSubject& subject) {
  interp::SamplerSpec s{.step = o.number("step"),
                        .leapfrogs = int(o.integer("leapfrogs")),
                        .batch = o.integer("batch"),
                        .share_batches = o.flag("share-batches"),
                        .control_variate = !o.flag("no-control-variates")};
  const double cost = double(subject.samples) * double(subject.posterior.model.parameters.size());
  if (o.text("sampler") != "auto")
    s.kind = interp::sampler_from(o.text("sampler"));
  else if (s.batch == 0 && cost <= cheap)
    s.kind = interp::SamplerKind::hmc;
  else
    s.kind = interp::SamplerKind::sgld, s.batch = s.batch > 0 ? s.batch : std::min<std::int64_t>(256, subject.samples);
  if (s.batch == 0)
    o.require_unused({"share-batches", "no-control-variates"}, "it is for --batch, and all rows are taken");
  if (s.kind != interp::SamplerKind::hmc && s.kind != interp::SamplerKind::tempering)
    o.require_unused({"leapfrogs"}, "it is for --sampler hmc and tempering");
  if (s.batch > subject.samples)
    throw UsageError(fmt::format("--batch {} given; there are {} rows", s.batch, subject.samples));
  validate(s);
  return s;
}

}  // namespace

void add_sampling_options(Options& o, const std::string& n_beta) {
  o.add_words("n-beta", n_beta,
              "inverse temperatures: auto is n / ln n, grid nine of them from a hundredth to a hundred times that; or "
              "numbers, as in 100,1e3,1e4");
  o.add_double("gamma", 1, "of the localisation γ/2 |w - w*|²; 0: none", 0, 1e12);
  o.add_choice("sampler", "auto", {"auto", "sgld", "psgld", "sgnht", "mala", "hmc", "tempering"},
               "auto: hmc where a gradient over all rows is cheap, else sgld on batches");
  o.add_double("step", 0, "of sgld ε, of the others the leapfrog step; 0: found from the curvature and in the warm-up",
               0, 1e6);
  o.add_int("leapfrogs", 8, "steps of a trajectory of hmc", 1, 10000);
  o.add_int("batch", 0, "rows of a step of sgld, psgld and sgnht; 0: all, or what --sampler auto decides", 0);
  o.add_flag("share-batches", "all chains take the same batches, which costs less and ties their noise");
  o.add_flag("no-control-variates", "batches' own gradients, without those of the same rows at w*: a bias, to look at");
  o.add_int("chains", 8, "side by side", 1, 100000);
  o.add_int("draws", 1000, "of each chain, behind the warm-up", 40, 100000000);
  o.add_int("warm-up", 500, "steps of each chain, in which step sizes are found", 0, 100000000);
  o.add_double("standard-error", 0, "of λ̂, that ends sampling; 0: --draws are taken", 0, 1e6);
  o.add_int("most-draws", 100000, "of each chain, if --standard-error is not reached before", 40, 100000000);
  o.without("dtype");
  o.add_choice("dtype", "f64", {"f32", "f64"}, "precision of the chains; losses are summed in double by either");
  o.add_int("keep-every", 0, "keep the parameters of every so many draws in arrays/chains.npz; 0: none", 0, 100000000);
}

LlcSettings llc_settings(const Options& o, const LlcSubject& subject) {
  LlcSettings s{.n_betas = n_betas(o, subject), .gamma = o.number("gamma"), .sampler = sampler(o, subject)};
  s.chains = {.chains = o.integer("chains"),
              .draws = o.integer("draws"),
              .warm_up = o.integer("warm-up"),
              .seed = std::uint64_t(o.integer("seed")),
              .threads = o.threads(),
              .keep_every = o.integer("keep-every")};
  s.budget = {.target = o.number("standard-error"), .most = o.integer("most-draws")};
  s.responses = o.has("responses") && o.flag("responses");
  if (s.responses && s.chains.keep_every == 0) s.chains.keep_every = std::max<std::int64_t>(1, s.chains.draws / 100);
  if (s.budget.target == 0) o.require_unused({"most-draws"}, "it is for --standard-error");
  s.f32 = o.text("dtype") == "f32";
  return s;
}

}  // namespace basin::experiments
