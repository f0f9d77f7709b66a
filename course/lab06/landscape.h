// What lab 06 gives: losses whose λ̂ is known exactly, their values and gradients on some rows of the data, and the
// verdicts of basin's own tool. Nothing is to be written here.
#pragma once
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "interp/llc/estimate.h"
#include "interp/llc/local_posterior.h"

namespace lab {

using basin::interp::LocalPosterior;  // .model with .parameters = w*, .data, .n_beta, .gamma (docs/theory.md §6.4)

// How a posterior is sampled.
struct Settings {
  double step = 0;                                        // ε
  std::int64_t batch = 0;                                 // rows of a step; 0: all of the data
  std::int64_t chains = 8, draws = 20000, warm_up = 500;  // of each chain; draws do not count the warm-up
};

// A bowl whose rows disagree: of row r the loss is c_r + ½ h |w|² + z_r · w. Over all rows z has the mean 0 and in each
// coordinate the variance `row_variance`, so w = 0 is the minimum of the mean, and a batch of B rows has a gradient
// with the variance row_variance / B.
struct Bowl {
  std::int64_t dimension = 10;
  double curvature = 1, row_variance = 1, n_beta = 100, gamma = 1;

  double stiffness() const { return n_beta * curvature + gamma; }                               // a
  double lambda() const { return 0.5 * double(dimension) * n_beta * curvature / stiffness(); }  // λ̂ without any lie
};

// w* is 0, or `off` away from it in the first coordinate.
inline LocalPosterior posterior_of(const Bowl& bowl, double off = 0) {
  constexpr std::int64_t rows = 64;
  const std::int64_t d = bowl.dimension;
  basin::Rng rng(1, "rows of the bowl");
  basin::Tensor<double> z({rows, d}), c({rows}), start({d});
  for (std::int64_t r = 0; r < rows / 2; ++r)
    for (std::int64_t i = 0; i < d; ++i) {
      z(r, i) = (rng.below(2) ? 1 : -1) * std::sqrt(bowl.row_variance);
      z(r + rows / 2, i) = -z(r, i);
    }
  for (double& row : c.data) row = rng.normal();
  start[0] = off;
  LocalPosterior posterior{.n_beta = bowl.n_beta, .gamma = bowl.gamma};
  posterior.model.parameters = basin::interp::parameters_from({{"w", start}});
  posterior.model.trace = [d, h = bowl.curvature](basin::Graph& g, std::int64_t n) {
    const basin::Var w = g.input("w", {d}), of_row = g.input("z", {n, d}), level = g.input("c", {n});
    const basin::Var tilt = reshape(matmul(of_row, reshape(w, {d, 1})), {n});
    return basin::Ends{{}, g.name(level + tilt + 0.5 * h * sum(square(w)), "loss")};
  };
  posterior.data = {{"z", z}, {"c", c}};
  return posterior;
}

// (w1 w2)² around w* = 0, a function of the parameters alone: the cross of lab 05. As n_beta grows its λ̂ goes to ½.
inline LocalPosterior posterior_of_cross(double n_beta) {
  LocalPosterior posterior{.n_beta = n_beta, .gamma = 1};
  posterior.model.parameters = basin::interp::parameters_from({{"w", basin::Tensor<double>({2})}});
  posterior.model.trace = [](basin::Graph& g, std::int64_t) {
    const basin::Var w = g.input("w", {2});
    return basin::Ends{{}, g.name(sum(square(slice(w, -1, 0, 1) * slice(w, -1, 1, 2))), "loss")};
  };
  return posterior;
}

// The mean loss over some rows, and its gradient, at any w. It runs a program of the engine.
class RowLoss {
 public:
  // For `batch` rows at a time, 0 for all. A loss without data has no rows.
  explicit RowLoss(const LocalPosterior& posterior, std::int64_t batch = 0)
      : data_(posterior.data),
        parameters_(posterior.model.parameters),
        n_(data_.empty() ? 0 : basin::rows_of(data_, "RowLoss")),
        batch_(batch ? batch : n_),
        loss_(mean(posterior.model.trace(graph_, batch_).loss)),
        program_(graph_, {.fetch = {loss_}, .flat = gradient_of(loss_)}, parameters_.bindings(graph_)) {}
  RowLoss(const RowLoss&) = delete;  // the program reads the parameters where they lie

  std::int64_t n() const { return n_; }          // rows of the data
  std::int64_t batch() const { return batch_; }  // rows of a run
  std::int64_t dimension() const { return parameters_.size(); }

  // The mean over these rows, `batch` of them.
  double loss(std::span<const double> w, std::span<const std::int64_t> rows) {
    std::ranges::copy(w, parameters_.flat().begin());
    for (const auto& [name, table] : data_) {
      const std::span<double> to = program_.input(name);
      const std::size_t width = to.size() / rows.size();
      for (std::size_t i = 0; i < rows.size(); ++i)
        std::copy_n(table.data.begin() + rows[i] * std::int64_t(width), width, to.begin() + std::ptrdiff_t(i * width));
    }
    program_.run();
    return program_.scalar(loss_);
  }
  // Of the last loss, [dimension].
  std::span<const double> gradient() const { return program_.flat(); }

 private:
  std::vector<basin::Var> gradient_of(basin::Var loss) {
    std::vector<basin::Var> by;
    for (const auto& slice : parameters_.slices()) by.push_back(graph_[slice.name]);
    return basin::grad(loss, by);
  }

  basin::Inputs data_;
  basin::Parameters<double> parameters_;
  std::int64_t n_, batch_;
  basin::Graph graph_;
  basin::Var loss_;
  basin::Program<double> program_;
};

// What basin's own sampler of the same steps finds, and its verdicts (interp/llc/estimate.h).
struct Asked {
  basin::interp::Chains chains;
  basin::interp::LlcEstimate estimate;

  bool good(const std::string& verdict) const {
    for (const basin::interp::Verdict& v : estimate.verdicts)
      if (v.name == verdict) return v.good;
    return true;
  }
  std::string bad() const {  // names of the verdicts that are not good
    std::string all;
    for (const basin::interp::Verdict& v : estimate.verdicts)
      if (!v.good) all += (all.empty() ? "" : ", ") + v.name;
    return all.empty() ? "none" : all;
  }
};

inline Asked ask_the_tool(const LocalPosterior& posterior, const Settings& settings, std::uint64_t seed) {
  using namespace basin::interp;
  const SamplerSpec sampler{
      .kind = SamplerKind::sgld, .step = settings.step, .batch = settings.batch, .control_variate = false};
  Asked asked;
  asked.chains =
      sample<double>(posterior, sampler,
                     {.chains = settings.chains, .draws = settings.draws, .warm_up = settings.warm_up, .seed = seed});
  asked.estimate = estimate_llc(asked.chains, posterior, sampler);
  for (const Verdict& v : judge_place(asked.estimate, asked.chains, local_curvature(posterior)))
    asked.estimate.verdicts.push_back(v);
  return asked;
}

}  // namespace lab
