#include "experiments/training/training_study_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "core/file.h"
#include "experiments/cli/claim_table.h"
#include "experiments/report/figure.h"
#include "experiments/report/report.h"
#include "experiments/shared/claim_rows.h"
#include "experiments/training/training_study_bounds.h"

namespace basin::experiments {
namespace {

constexpr std::size_t at_epsilon = 3;  // of epsilon_grid: 1e-4

using Keep = std::function<bool(const StudyPoint&)>;
using Value = std::function<double(const StudyPoint&)>;

double share(const StudyPoint& p) { return p.free_share[at_epsilon]; }

template <class T>
std::vector<T> distinct(const std::vector<StudyPoint>& points, T StudyPoint::*field) {
  std::set<T> all;
  for (const StudyPoint& p : points) all.insert(p.*field);
  return {all.begin(), all.end()};
}

std::vector<double> values(const std::vector<StudyPoint>& points, const Keep& keep, const Value& value) {
  std::vector<double> all;
  for (const StudyPoint& p : points)
    if (keep(p)) all.push_back(value(p));
  return all;
}

// Pairs come in the same order because points are ordered by their settings.
Effect effect(const std::vector<StudyPoint>& points, const std::string& title, const Keep& a, const Keep& b) {
  const std::vector<double> from = values(points, a, share), to = values(points, b, share);
  std::vector<double> differences;
  for (std::size_t i = 0; i < std::min(from.size(), to.size()); ++i) differences.push_back(to[i] - from[i]);
  return {title, estimate(differences), estimate(from).mean, estimate(to).mean};
}

std::string interval(const Estimate& e) { return fmt::format("{:+.3f} [{:+.3f}, {:+.3f}]", e.mean, e.low, e.high); }

std::string verdict_words(const Effect& e) {
  if (!e.difference.excludes_zero()) return "the interval holds 0: no effect is shown";
  return e.difference.mean > 0 ? "more degenerate" : "less degenerate";
}

}  // namespace

std::vector<Effect> study_effects(const std::vector<StudyPoint>& points) {
  const auto epochs = distinct(points, &StudyPoint::epoch), widths = distinct(points, &StudyPoint::width);
  const auto decays = distinct(points, &StudyPoint::weight_decay);
  const auto last = epochs.back();
  std::vector<Effect> all;
  for (const std::string& task : distinct(points, &StudyPoint::data)) {
    for (std::int64_t w : widths) {
      const auto at = [&, w](std::int64_t epoch) {
        return [&, w, epoch](const StudyPoint& p) {
          return p.data == task && p.width == w && p.weight_decay == decays.front() && p.epoch == epoch;
        };
      };
      if (epochs.size() > 1)
        all.push_back(effect(points, fmt::format("{}, width {}: after training against before", task, w),
                             at(epochs.front()), at(last)));
      const auto decayed = [&, w](double decay) {
        return [&, w, decay](const StudyPoint& p) {
          return p.data == task && p.width == w && p.weight_decay == decay && p.epoch == last;
        };
      };
      if (decays.size() > 1)
        all.push_back(effect(
            points, fmt::format("{}, width {}: weight decay {:g} against {:g}", task, w, decays.back(), decays.front()),
            decayed(decays.front()), decayed(decays.back())));
    }
    const auto wide = [&](std::int64_t w) {
      return [&, w](const StudyPoint& p) {
        return p.data == task && p.width == w && p.weight_decay == decays.front() && p.epoch == last;
      };
    };
    if (widths.size() > 1)
      all.push_back(effect(points, fmt::format("{}: width {} against {}", task, widths.back(), widths.front()),
                           wide(widths.front()), wide(widths.back())));
  }
  return all;
}

std::vector<Claim> study_claims(const std::vector<StudyPoint>& points) {
  ClaimTable table("training");
  for (const Effect& e : study_effects(points))
    table.report(e.title, interval(e.difference))
        .because(fmt::format("share of directions below ε = {:g}, mean difference over {} pairs of equal seed, "
                             "95 % interval: {}",
                             epsilon_grid[at_epsilon], e.difference.count, verdict_words(e)));
  if (std::ranges::any_of(points, [](const StudyPoint& p) { return !p.bounds.empty(); })) expect_bounds(table, points);
  return table.rows();
}

namespace {

report::Figure over_epochs(const std::vector<StudyPoint>& points, const std::string& task, const std::string& what,
                           const Value& value) {
  report::Figure figure{.title = task + ": " + what, .x_label = "epoch", .y_label = what, .series = {}};
  for (std::int64_t w : distinct(points, &StudyPoint::width))
    for (double decay : distinct(points, &StudyPoint::weight_decay)) {
      report::Series s{.label = fmt::format("width {}, decay {:g}", w, decay),
                       .x = {},
                       .y = {},
                       .style = report::SeriesStyle::lines_points,
                       .dashed = decay > 0};
      for (std::int64_t epoch : distinct(points, &StudyPoint::epoch)) {
        const Keep here = [&](const StudyPoint& p) {
          return p.data == task && p.width == w && p.weight_decay == decay && p.epoch == epoch;
        };
        s.x.push_back(double(epoch));
        s.y.push_back(estimate(values(points, here, value)).mean);
      }
      figure.series.push_back(s);
    }
  return figure;
}

void add_task(report::Report& r, const std::vector<StudyPoint>& points, const std::string& task,
              const std::string& figures) {
  r.section("Task: " + task);
  const struct {
    const char *name, *what;
    Value value;
  } shown[] = {{"share_below", "share of directions below ε = 1e-4", share},
               {"low_rank", "exactly free by low rank, share of parameters",
                [](const StudyPoint& p) { return p.low_rank_share; }},
               {"dead", "share of dead neurons", [](const StudyPoint& p) { return p.dead_share; }},
               {"loss", "test loss", [](const StudyPoint& p) { return p.test_loss; }}};
  for (const auto& s : shown) {
    const std::string name = fmt::format("{}_{}", task, s.name);
    report::write_figure(figures, name, over_epochs(points, task, s.what, s.value));
    r.figure(read_file(figures + "/" + name + ".svg"), fmt::format("{}: {}, mean over seeds.", task, s.what));
  }
}

}  // namespace

std::string study_summary(const std::vector<StudyPoint>& points) {
  const std::vector<Effect> effects = study_effects(points);
  const auto shown = std::ranges::count_if(effects, [](const Effect& e) { return e.difference.excludes_zero(); });
  return fmt::format(
      "{} networks at several times. Of {} comparisons, {} show an effect whose 95 % interval leaves out "
      "0; the others do not. The intervals are not corrected for the number of comparisons.{}",
      points.size(), effects.size(), shown, bound_summary(points));
}

void write_study_report(const std::vector<StudyPoint>& points, const std::vector<Claim>& claims,
                        const std::string& figures, const std::string& path) {
  const std::vector<Effect> effects = study_effects(points);
  report::Report r("Does training make networks more degenerate?", "basin: networks on several seeds");
  r.summary(study_summary(points));
  r.section("Effects");
  std::vector<std::vector<std::string>> rows;
  for (const Effect& e : effects)
    rows.push_back({e.title, fmt::format("{:.3f}", e.before), fmt::format("{:.3f}", e.after), interval(e.difference),
                    verdict_words(e)});
  r.table(
      {"comparison", "before", "after", "difference", "reading"}, rows,
      "Share of the directions that the rows can show (min of N and rows × outputs) whose eigenvalue of J Jᵀ is below "
      "1e-4 of the largest.");
  add_bounds(r, points, figures);
  for (const std::string& task : distinct(points, &StudyPoint::data)) add_task(r, points, task, figures);
  r.section("As recorded").claims(claim_rows(claims));
  r.save(path);
}

}  // namespace basin::experiments
