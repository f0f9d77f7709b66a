#include <fmt/format.h>

#include <algorithm>

#include "core/npz.h"
#include "core/safetensors.h"
#include "experiments/llc/llc_study.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;
using interp::ChainRun;

fs::path state_file(const fs::path& folder, double n_beta) {
  return folder / fmt::format("chains-{:.6g}.safetensors", n_beta);
}

template <class T>
void save(ChainRun<T>& run, const fs::path& file) {
  std::vector<double> numbers = run.state();
  Tensor<double> state({std::int64_t(numbers.size())});
  state.data = std::move(numbers);
  SafeTensorsWriter().add("state", state).save(file.string());
}

template <class T>
void restore(ChainRun<T>& run, const fs::path& file) {
  if (!fs::exists(file)) return;
  const SafeTensors saved = read_safetensors(file.string());
  const auto state = saved.tensors.find("state");
  if (state == saved.tensors.end())
    throw DataError(
        fmt::format("{}: there is no tensor 'state'; help: remove the file, and its chains begin anew", file.string()));
  try {
    run.restore(state->second.data);
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: {}", file.string(), e.what()));
  }
}

template <class T>
interp::Sampled sample_one(const interp::LocalPosterior& posterior, const LlcSettings& s,
                           const interp::ChainSpec& chains, const fs::path& folder) {
  ChainRun<T> run(posterior, s.sampler, chains);
  const fs::path file = state_file(folder, posterior.n_beta);
  if (!folder.empty()) restore(run, file);
  const auto rest = [&] {
    if (!folder.empty()) save(run, file);
  };
  return interp::sample_until(run, posterior, s.sampler, chains, s.budget, rest);
}

interp::ResponseReport responses_of(const interp::LocalPosterior& posterior, const LlcSubject& subject,
                                    const interp::Chains& chains, int threads) {
  interp::ResponseSpec spec{.threads = threads};
  if (subject.labels.size() > 0) spec.classes = interp::classes_by(subject.labels.data);
  return interp::respond(posterior, chains, spec);
}

}  // namespace

LlcFindings llc_sweep(const LlcSubject& subject, const LlcSettings& s, const fs::path& folder,
                      const std::function<void(std::int64_t, std::int64_t)>& progress) {
  LlcFindings f{.subject = subject, .settings = s};
  interp::LocalPosterior posterior = subject.posterior;
  posterior.gamma = s.gamma, posterior.n_beta = s.n_betas.front();
  f.curvature = interp::local_curvature(posterior, s.chains.threads);
  const std::int64_t own = s.chains.chains * (s.chains.warm_up + s.chains.draws);
  std::vector<interp::SweepPoint> values;
  for (std::size_t i = 0; i < s.n_betas.size(); ++i) {
    interp::ChainSpec chains = s.chains;
    chains.seed += 1000 * i;  // errors of the points are independent
    chains.progress = [&](std::int64_t done, std::int64_t) {
      if (progress) progress(std::int64_t(i) * own + std::min(done, own), own * std::int64_t(s.n_betas.size()));
    };
    posterior.n_beta = s.n_betas[i];
    LlcPoint& point = f.points.emplace_back();
    point.sampled =
        s.f32 ? sample_one<float>(posterior, s, chains, folder) : sample_one<double>(posterior, s, chains, folder);
    point.gauss_newton = f.curvature.gauss_newton(posterior.n_beta, s.gamma);
    interp::LlcEstimate& e = point.sampled.estimate;
    for (interp::Verdict& v : interp::judge_place(e, point.sampled.chains, f.curvature))
      e.verdicts.push_back(std::move(v));
    if (s.responses && e.chains > 0)
      point.responses = responses_of(posterior, subject, point.sampled.chains, s.chains.threads);
    if (e.chains > 0 && e.lambda.error > 0 && std::isfinite(e.lambda.error))
      values.push_back({posterior.n_beta, e.lambda.mean, e.lambda.error});
  }
  f.fit = interp::fit_coefficient(values);
  return f;
}

void write_chains(const LlcFindings& f, const std::string& path) {
  NpzWriter out;
  Tensor<double> n_beta({std::int64_t(f.points.size())});
  for (std::size_t i = 0; i < f.points.size(); ++i) {
    const interp::Chains& c = f.points[i].sampled.chains;
    n_beta[std::int64_t(i)] = f.points[i].n_beta();
    out.add(fmt::format("u_{}", i), c.u);
    out.add(fmt::format("distance_{}", i), c.distance);
    if (c.places.size() > 0) out.add(fmt::format("places_{}", i), c.places);
  }
  out.add("n_beta", n_beta);
  out.save(path);
}

}  // namespace basin::experiments
