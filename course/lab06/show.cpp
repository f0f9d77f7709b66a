// Draws λ̂ of the cross over nβ, by chains and exactly, and how large five lies are.
#include <cmath>
#include <cstdio>
#include <functional>
#include <set>
#include <string>

#include "common/attempt.h"
#include "common/course.h"
#include "experiments/report/figure.h"
#include "interp/llc/finite_n.h"
#include "lab.h"

using basin::report::Figure;
using basin::report::Series;
using basin::report::SeriesStyle;

namespace {

Series exact_of_cross() {
  Series s{.label = "exactly", .dashed = true};
  for (double log10 = 0.5; log10 < 4.01; log10 += 0.125) {
    s.x.push_back(std::pow(10, log10));
    s.y.push_back(basin::interp::crossing_finite_n(1, 1, s.x.back()).value);
  }
  return s;
}

// By a sampler that accepts or rejects, so that its steps have no bias. It needs no task.
Series tool_on_cross() {
  Series s{.label = "basin's hmc", .style = SeriesStyle::points};
  for (const double n_beta : {5.0, 50.0, 500.0, 5000.0}) {
    const auto posterior = lab::posterior_of_cross(n_beta);
    const auto e =
        estimate_llc(basin::interp::sample<double>(posterior, {}, {.draws = 4000, .seed = 3}), posterior, {});
    s.x.push_back(n_beta), s.y.push_back(e.lambda.mean), s.error.push_back(e.lambda.error);
  }
  return s;
}

lab::Settings for_cross(double n_beta) { return {.step = 0.1 / (2 * n_beta), .chains = 16, .draws = 20000}; }

Series own_on_cross() {
  Series s{.label = "your sgld", .style = SeriesStyle::points};
  for (const double n_beta : {10.0, 30.0, 100.0, 300.0, 1000.0}) {
    const basin::Rng rng = lab::student_rng("lab06 cross").stream(std::to_string(int(n_beta)));
    const lab::Estimate e = lab::lambda_hat(lab::sgld(lab::posterior_of_cross(n_beta), for_cross(n_beta), rng));
    s.x.push_back(n_beta), s.y.push_back(e.value), s.error.push_back(e.error);
  }
  const double exact = basin::interp::crossing_finite_n(1, 1, 100).value;
  std::printf("λ̂ of the cross at nβ = 100: %.3f ± %.3f, exactly %.3f; as nβ grows 0.500\n", s.y[2], s.error[2], exact);
  return s;
}

// A lie, by the sampler of one's own: λ̂ over what is right, beside what was asked for.
struct Lie {
  std::string name;
  lab::Bowl bowl;
  lab::Settings settings;
  double ratio = 1, off = 0;
};

class Lies {
 public:
  void tell(const std::string& name, const std::function<void(Lie&)>& change) {
    lab::attempt([&] {
      Lie lie{.name = name, .bowl = {.row_variance = 16}, .settings = {}};
      lie.settings = {.step = 0.1 / lie.bowl.stiffness(), .draws = 8000};
      const double right = lie.bowl.lambda();
      change(lie);
      const auto posterior = posterior_of(lie.bowl, lie.off);
      const basin::Rng rng = lab::student_rng("lab06 lies").stream(name);
      const lab::Estimate e = lab::lambda_hat(lab::sgld(posterior, lie.settings, rng));
      const lab::Asked tool = lab::ask_the_tool(posterior, lie.settings, 5);
      std::printf("%-9s λ̂ %6.2f ± %.2f where %.2f is right; what the tool finds bad: %s\n", name.c_str(), e.value,
                  e.error, right, tool.bad().c_str());
      names_.push_back(name);
      asked_.push_back(lie.ratio), found_.push_back(e.value / right), errors_.push_back(e.error / right);
    });
  }

  Figure figure() const {
    Figure f{.title = "Five lies of chosen size",
             .y_label = "λ̂ over the right one",
             .x_names = names_,
             .y_range = {-0.7, 1.8}};
    Series asked{.label = "asked for", .style = SeriesStyle::bars}, found{.label = "found", .style = SeriesStyle::bars};
    for (std::size_t i = 0; i < names_.size(); ++i) asked.x.push_back(double(i)), found.x.push_back(double(i));
    asked.y = asked_, found.y = found_, found.error = errors_;
    f.series = {asked, found};
    return f;
  }
  bool none() const { return names_.empty(); }

 private:
  std::vector<std::string> names_;
  std::vector<double> asked_, found_, errors_;
};

Lies all_lies() {
  Lies lies;
  lies.tell("none", [](Lie&) {});
  lies.tell("step", [](Lie& l) { l.ratio = 1.6, l.settings.step = lab::lying_step(l.ratio, l.bowl.stiffness()); });
  lies.tell("gamma", [](Lie& l) {
    l.ratio = 0.5, l.bowl.gamma = lab::lying_gamma(l.ratio, l.bowl.n_beta, l.bowl.curvature);
    l.settings.step = 0.1 / l.bowl.stiffness();
  });
  lies.tell("burn-in", [](Lie& l) {
    l.ratio = 0.25;  // of E[u] over 0 … T - 1 where its last is 0.45
    l.settings.step = 0.01 / l.bowl.stiffness(), l.settings.warm_up = 0, l.settings.chains = 32;
    l.settings.draws = lab::burn_in_steps(0.45, l.settings.step, l.bowl.stiffness());
  });
  lies.tell("batch", [](Lie& l) {
    l.ratio = 1.5;
    l.settings.batch = lab::lying_batch(l.ratio, l.settings.step, l.bowl.n_beta, l.bowl.row_variance);
  });
  lies.tell("baseline", [](Lie& l) {
    l.ratio = -0.5;
    l.off = lab::lying_baseline(-0.5 * l.bowl.lambda(), l.bowl.lambda(), l.bowl.n_beta, l.bowl.curvature);
  });
  return lies;
}

}  // namespace

int main() {
  Figure cross{.title = "The cross (w1 w2)²: λ̂ over nβ",
               .x_label = "nβ",
               .y_label = "λ̂",
               .log_x = true,
               .x_range = {3, 1e4},
               .y_range = {0, 0.55}};
  cross.series = {basin::report::straight("limit", {3, 1e4}, {0.5, 0.5}), exact_of_cross(), tool_on_cross()};
  lab::attempt([&] { cross.series.push_back(own_on_cross()); });
  const Lies lies = all_lies();
  Figure figure{.title = "Lab 06: a sampler and its lies", .panels = {cross}};
  if (!lies.none()) figure.panels.push_back(lies.figure());
  basin::report::write_figure("out", "figure", figure);
  std::printf("the picture is out/figure.svg\n");
}
