#include <fmt/format.h>

#include <algorithm>

#include "core/interrupt.h"
#include "core/npz.h"
#include "core/safetensors.h"
#include "experiments/llc/llc_study.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;
using interp::ChainRun;

fs::path state_file(const fs::path& folder, double n_beta, std::int64_t group) {
  return folder / fmt::format("chains-{:.6g}-{}.safetensors", n_beta, group);
}

template <class T>
void save(ChainRun<T>& run, std::int64_t group, const fs::path& file) {
  std::vector<double> numbers = run.state(group);
  Tensor<double> state({std::int64_t(numbers.size())});
  state.data = std::move(numbers);
  SafeTensorsWriter().add("state", state).save(file.string());
}

template <class T>
void restore(ChainRun<T>& run, std::int64_t group, const fs::path& file) {
  if (!fs::exists(file)) return;
  const SafeTensors saved = read_safetensors(file.string());
  const auto state = saved.tensors.find("state");
  if (state == saved.tensors.end())
    throw DataError(
        fmt::format("{}: there is no tensor 'state'; help: remove the file, and its chains begin anew", file.string()));
  try {
    run.restore(group, state->second.data);
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: {}", file.string(), e.what()));
  }
}

// Chains at one nβ, with their states in the folder, if there is one.
template <class T>
class KeptChains {
 public:
  KeptChains(const interp::LocalPosterior& posterior, const LlcSettings& s, const interp::ChainSpec& chains,
             const fs::path& folder)
      : posterior_(posterior), settings_(s), spec_(chains), folder_(folder), run_(posterior, s.sampler, chains) {
    if (folder_.empty()) return;
    for (std::int64_t g = 0; g < run_.groups(); ++g) restore(run_, g, state_file(folder_, posterior.n_beta, g));
    if (s.shard.merging && run_.draws() < chains.draws)
      throw DataError(fmt::format("{}: chains at nβ = {:g} are missing; help: run their shard again, then merge",
                                  folder_.string(), posterior.n_beta));
  }

  interp::Sampled all() {
    return interp::sample_until(run_, posterior_, settings_.sampler, spec_, settings_.budget, [&] { keep(); });
  }
  void own_alone() {
    run_.advance(std::max<std::int64_t>(spec_.draws - run_.draws(), 0));
    keep();
    if (interrupted()) throw Interrupted("chains are saved");
  }

 private:
  void keep() {
    if (folder_.empty()) return;
    for (std::int64_t g = 0; g < run_.groups(); ++g)
      if (!spec_.own || spec_.own(g)) save(run_, g, state_file(folder_, posterior_.n_beta, g));
  }

  const interp::LocalPosterior& posterior_;
  const LlcSettings& settings_;
  interp::ChainSpec spec_;
  fs::path folder_;
  ChainRun<T> run_;
};

using Steps = std::function<void(std::int64_t done, std::int64_t all)>;

// At number i of the nβ.
interp::ChainSpec chains_at(const LlcSettings& s, std::size_t i, const Steps& progress) {
  const std::int64_t each = s.chains.chains * (s.chains.warm_up + s.chains.draws);
  interp::ChainSpec chains = s.chains;
  chains.seed += 1000 * i;  // errors of the points are independent
  if (s.shard.is_part()) chains.own = [&s, i](std::int64_t group) { return s.shard.takes(std::int64_t(i) + group); };
  if (progress)
    chains.progress = [each, i, &s, &progress](std::int64_t done, std::int64_t) {
      progress(std::int64_t(i) * each + std::min(done, each), each * std::int64_t(s.n_betas.size()));
    };
  return chains;
}

auto in_precision(const LlcSettings& s, const auto& call) { return s.f32 ? call(float()) : call(double()); }

interp::ResponseReport responses_of(const interp::LocalPosterior& posterior, const LlcSubject& subject,
                                    const interp::Chains& chains, int threads) {
  interp::ResponseSpec spec{.threads = threads};
  if (subject.labels.size() > 0) spec.classes = interp::classes_by(subject.labels.data);
  return interp::respond(posterior, chains, spec);
}

}  // namespace

LlcFindings llc_sweep(const LlcSubject& subject, const LlcSettings& s, const fs::path& folder, const Steps& progress) {
  LlcFindings f{.subject = subject, .settings = s};
  interp::LocalPosterior posterior = subject.posterior;
  posterior.gamma = s.gamma, posterior.n_beta = s.n_betas.front();
  f.curvature = interp::local_curvature(posterior, s.chains.threads);
  std::vector<interp::SweepPoint> values;
  for (std::size_t i = 0; i < s.n_betas.size(); ++i) {
    posterior.n_beta = s.n_betas[i];
    LlcPoint& point = f.points.emplace_back();
    point.sampled = in_precision(
        s, [&]<class T>(T) { return KeptChains<T>(posterior, s, chains_at(s, i, progress), folder).all(); });
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

void llc_share(const LlcSubject& subject, const LlcSettings& s, const fs::path& folder, const Steps& progress) {
  interp::LocalPosterior posterior = subject.posterior;
  posterior.gamma = s.gamma;
  for (std::size_t i = 0; i < s.n_betas.size(); ++i) {
    posterior.n_beta = s.n_betas[i];
    in_precision(s, [&]<class T>(T) { KeptChains<T>(posterior, s, chains_at(s, i, progress), folder).own_alone(); });
  }
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
