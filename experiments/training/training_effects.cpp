#include <fmt/format.h>

#include <algorithm>

#include "experiments/shared/rows.h"
#include "experiments/training/training_findings.h"

namespace basin::experiments {
namespace {

// Pairs come in the same order because points are ordered by their settings.
Effect effect(const std::string& title, const std::vector<StudyPoint>& from, const std::vector<StudyPoint>& to) {
  const auto share = [](const StudyPoint& p) { return p.free_share[effect_epsilon]; };
  const std::vector<double> before = values(from, share), after = values(to, share);
  return {title, estimate(differences(before, after)), estimate(before).mean, estimate(after).mean};
}

std::string interval(const Estimate& e) {
  const auto number = [](double x) { return report::shown(x, "{:+.3f}"); };
  return fmt::format("{} [{}, {}]", number(e.mean), number(e.low), number(e.high));
}

}  // namespace

std::string StudySetting::name() const {
  return fmt::format("{}, width {}, weight decay {:g}", data, width, weight_decay);
}

StudySetting setting_of(const StudyPoint& p) { return {p.data, p.width, p.weight_decay}; }

std::vector<StudyPoint> networks_at(const std::vector<StudyPoint>& points, const StudySetting& s, std::int64_t epoch) {
  std::vector<StudyPoint> found;
  std::ranges::copy_if(points, std::back_inserter(found),
                       [&](const StudyPoint& p) { return setting_of(p) == s && p.epoch == epoch; });
  return found;
}

std::string Effect::reading() const {
  if (!difference.excludes_zero()) return "the interval holds 0: no effect is shown";
  return difference.mean > 0 ? "more degenerate" : "less degenerate";
}

std::vector<Effect> study_effects(const std::vector<StudyPoint>& points) {
  const auto epochs = distinct(points, &StudyPoint::epoch), widths = distinct(points, &StudyPoint::width);
  const auto decays = distinct(points, &StudyPoint::weight_decay);
  const double least = decays.front(), most = decays.back();
  std::vector<Effect> all;
  for (const std::string& task : distinct(points, &StudyPoint::data)) {
    const auto trained = [&](std::int64_t width, double decay) {
      return networks_at(points, {task, width, decay}, epochs.back());
    };
    for (std::int64_t w : widths) {
      if (epochs.size() > 1)
        all.push_back(effect(fmt::format("{}, width {}: after training against before", task, w),
                             networks_at(points, {task, w, least}, epochs.front()), trained(w, least)));
      if (decays.size() > 1)
        all.push_back(effect(fmt::format("{}, width {}: weight decay {:g} against {:g}", task, w, most, least),
                             trained(w, least), trained(w, most)));
    }
    if (widths.size() > 1)
      all.push_back(effect(fmt::format("{}: width {} against {}", task, widths.back(), widths.front()),
                           trained(widths.front(), least), trained(widths.back(), least)));
  }
  return all;
}

std::vector<Claim> study_claims(const std::vector<StudyPoint>& points) {
  ClaimTable table("training");
  for (const Effect& e : study_effects(points))
    table.report(e.title, interval(e.difference))
        .because(fmt::format("share of directions below ε = {:g}, mean difference over {} pairs of equal seed, "
                             "95 % interval: {}",
                             epsilon_grid[effect_epsilon], e.difference.count, e.reading()));
  if (std::ranges::any_of(points, [](const StudyPoint& p) { return !p.bounds.empty(); })) expect_bounds(table, points);
  return table.rows();
}

}  // namespace basin::experiments
