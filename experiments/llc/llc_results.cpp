#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "experiments/llc/llc_study.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using report::Json;
using report::Table;

double lambda(const LlcPoint& p) { return p.sampled.estimate.lambda.mean; }
double error(const LlcPoint& p) { return p.sampled.estimate.lambda.error; }

Json points_table(const LlcFindings& f) {
  const auto e = [](auto member) {
    return [member](const LlcPoint& p) { return std::invoke(member, p.sampled.estimate); };
  };
  const auto mean = [](auto member) {
    return [member](const LlcPoint& p) { return std::invoke(member, p.sampled.estimate.lambda); };
  };
  using interp::LlcEstimate;
  Table<LlcPoint> table{{"n_beta", "nβ", &LlcPoint::n_beta, "{:.4g}"},
                        {"lambda", "λ̂", lambda, "{:.4g}"},
                        {"error", "standard error", error, "{:.2g}"},
                        {"low", "95 % from", mean(&ChainMean::lower), "{:.4g}"},
                        {"high", "to", mean(&ChainMean::upper), "{:.4g}"}};
  if (std::ranges::any_of(f.points, [](const LlcPoint& p) { return p.exact.has_value(); }))
    table.add({"exact", "exact", [](const LlcPoint& p) { return p.exact.value_or(NAN); }, "{:.4g}"});
  table.add({"gauss_newton", "quadratic count", [](const LlcPoint& p) { return p.gauss_newton.value; }, "{:.4g}"})
      .add({"gauss_newton_error", "±", [](const LlcPoint& p) { return p.gauss_newton.error; }, "{:.2g}"})
      .add({"share", "λ̂ of it", &LlcPoint::share_of_quadratic, "{:.3f}"})
      .add({"epsilon", "ε", e(&LlcEstimate::epsilon), "{:.2e}"})
      .add({"chains", "chains", e(&LlcEstimate::chains)})
      .add({"escaped", "escaped", e(&LlcEstimate::escaped)})
      .add({"diverged", "diverged", e(&LlcEstimate::diverged)})
      .add({"draws", "draws each", [](const LlcPoint& p) { return p.sampled.chains.u.cols(); }})
      .add({"burn_in", "burn-in", [](const LlcPoint& p) { return p.sampled.estimate.burn_in.draws; }})
      .add({"iat", "memory in draws", mean(&ChainMean::iat), "{:.3g}"})
      .add({"ess", "independent draws' worth", mean(&ChainMean::ess), "{:.0f}"})
      .add({"r_hat", "R̂", mean(&ChainMean::r_hat), "{:.4f}"})
      .add({"fano", "Fano", e(&LlcEstimate::fano), "{:.2f}"})
      .add({"acceptance", "accepted", e(&LlcEstimate::acceptance), "{:.0%}"})
      .add({"step", "step", [](const LlcPoint& p) { return p.sampled.chains.step.front(); }, "{:.2g}"})
      .add({"healthy", "nothing against it", e(&LlcEstimate::healthy)})
      .add({"reached", "target reached", [](const LlcPoint& p) { return p.sampled.reached; }});
  return table.json(f.points);
}

struct Judged {
  double n_beta;
  interp::Verdict verdict;
};

std::vector<Judged> verdicts(const LlcFindings& f) {
  std::vector<Judged> all;
  for (const LlcPoint& p : f.points)
    for (const interp::Verdict& v : p.sampled.estimate.verdicts) all.push_back({p.n_beta(), v});
  return all;
}

Json verdict_table(const std::vector<Judged>& all) {
  const Table<Judged> table{{"n_beta", "nβ", &Judged::n_beta, "{:.4g}"},
                            {"name", "verdict", [](const Judged& j) { return j.verdict.name; }},
                            {"good", "", [](const Judged& j) { return j.verdict.good ? "good" : "doubtful"; }},
                            {"value", "value", [](const Judged& j) { return j.verdict.value; }, "{:.3g}"},
                            {"threshold", "threshold", [](const Judged& j) { return j.verdict.threshold; }, "{:.3g}"},
                            {"text", "in words", [](const Judged& j) { return j.verdict.text; }}};
  return table.json(all);
}

Json settings_of(const LlcFindings& f) {
  const LlcSettings& s = f.settings;
  return {{"n", f.subject.samples},
          {"gamma", s.gamma},
          {"loss", f.subject.loss},
          {"restrict", f.subject.posterior.free},
          {"sampler", interp::name_of(s.sampler.kind)},
          {"step", s.sampler.step},
          {"leapfrogs", s.sampler.leapfrogs},
          {"batch", s.sampler.batch},
          {"share_batches", s.sampler.share_batches},
          {"control_variates", s.sampler.control_variate},
          {"chains", s.chains.chains},
          {"draws", s.chains.draws},
          {"warm_up", s.chains.warm_up},
          {"target", s.budget.target},
          {"seed", s.chains.seed},
          {"precision", s.f32 ? "float32" : "float64"}};
}

Json fit_of(const interp::CoefficientFit& fit) {
  using Candidate = interp::CoefficientFit::Candidate;
  const Table<Candidate> table{{"multiplicity", "m", &Candidate::multiplicity},
                               {"lambda", "λ", &Candidate::lambda, "{:.4g}"},
                               {"low", "95 % from", &Candidate::lower, "{:.4g}"},
                               {"high", "to", &Candidate::upper, "{:.4g}"},
                               {"c", "c", &Candidate::c, "{:.3g}"},
                               {"chi2", "χ²", &Candidate::chi2, "{:.2f}"},
                               {"freedom", "degrees of freedom", &Candidate::freedom},
                               {"fits", "fits", &Candidate::fits}};
  return {{"decided", fit.decided},
          {"multiplicity", fit.multiplicity},
          {"lambda", fit.lambda},
          {"low", fit.lower},
          {"high", fit.upper},
          {"text", fit.text},
          {"candidates", table.json(fit.candidates)}};
}

}  // namespace

Json llc_results(const LlcFindings& f) {
  const auto nearest = std::ranges::max_element(f.points, {}, [](const LlcPoint& p) {
    return p.sampled.estimate.healthy() ? p.n_beta() : std::isfinite(lambda(p)) ? -1 / p.n_beta() : -INFINITY;
  });
  const std::vector<Judged> all = verdicts(f);
  const auto doubtful = where(all, [](const Judged& j) { return !j.verdict.good; });
  Json pictures = Json::array();
  for (std::size_t i = 0; i < f.points.size(); ++i)
    pictures.push_back({{"n_beta", f.points[i].n_beta()},
                        {"trace", fmt::format("trace_{}", i)},
                        {"mean", fmt::format("mean_{}", i)},
                        {"distance", fmt::format("distance_{}", i)}});
  return {{"what", f.subject.what},
          {"data", f.subject.data},
          {"parameters", f.curvature.dimension},
          {"settings", settings_of(f)},
          {"loss", f.subject.loss},
          {"base_loss", f.curvature.loss},
          {"gradient_norm", f.curvature.gradient_norm},
          {"top_curvature", f.curvature.top},
          {"flat", f.curvature.flat()},
          {"flat_known", f.curvature.flat() >= 0},
          {"sweep", f.points.size() > 1},
          {"count", f.points.size()},
          {"lambda", lambda(*nearest)},
          {"error", error(*nearest)},
          {"n_beta", nearest->n_beta()},
          {"oracle", f.points[0].exact.has_value()},
          {"exact", f.points[0].exact.value_or(NAN)},
          {"known", std::isfinite(lambda(*nearest))},
          {"shown_lambda", report::shown(lambda(*nearest), "{:.3g}")},
          {"shown_quadratic", report::shown(nearest->gauss_newton.value, "{:.3g}")},
          {"gauss_newton", nearest->gauss_newton.value},
          {"healthy", nearest->sampled.estimate.healthy()},
          {"doubts", doubtful.size()},
          {"one_doubt", doubtful.size() == 1},
          {"points", points_table(f)},
          {"doubtful", verdict_table(doubtful)},
          {"verdicts", verdict_table(all)},
          {"fit", fit_of(f.fit)},
          {"pictures", pictures},
          {"responses", response_results(f)}};
}

}  // namespace basin::experiments
