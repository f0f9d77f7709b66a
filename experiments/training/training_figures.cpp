#include <fmt/format.h>

#include <functional>
#include <set>

#include "experiments/shared/rows.h"
#include "experiments/training/training_findings.h"

namespace basin::experiments {
namespace {

using report::Figure;
using report::NamedFigure;
using report::Series;
using report::SeriesStyle;

using Value = std::function<double(const StudyPoint&)>;

Figure over_epochs(const std::vector<StudyPoint>& points, const std::string& task, const std::string& what,
                   const Value& value) {
  Figure figure{.title = task + ": " + what, .x_label = "epoch", .y_label = what};
  for (std::int64_t w : distinct(points, &StudyPoint::width))
    for (double decay : distinct(points, &StudyPoint::weight_decay)) {
      const auto at = [&](std::int64_t epoch) { return mean(networks_at(points, {task, w, decay}, epoch), value); };
      figure.series.push_back(report::points(fmt::format("width {}, decay {:g}", w, decay),
                                             distinct(points, &StudyPoint::epoch), std::identity(), at,
                                             SeriesStyle::lines_points));
      figure.series.back().dashed = decay > 0;
    }
  return figure;
}

// What lies below a cut-off beside what is free at any, for the narrowest and the widest network after training.
Figure over_cut_offs(const std::vector<StudyPoint>& points, const std::string& task) {
  const std::vector<std::int64_t> widths = distinct(points, &StudyPoint::width);
  Figure figure{.title = task + ": below a cut-off, and exactly free, after training",
                .x_label = "ε",
                .y_label = "share",
                .log_x = true};
  for (std::int64_t w : std::set{widths.front(), widths.back()}) {
    const auto nets = trained(points, task, w);
    const auto add = [&](const char* rows, const std::vector<double>& epsilons, const auto& share) {
      Series s{.label = fmt::format("width {}, {} rows", w, rows), .x = epsilons, .style = SeriesStyle::lines_points};
      for (std::size_t e = 0; e < epsilons.size(); ++e)
        s.y.push_back(mean(nets, [&](const StudyPoint& p) { return share(p, e); }));
      figure.series.push_back(std::move(s));
    };
    add("few", epsilon_grid, [](const StudyPoint& p, std::size_t e) { return p.free_share[e]; });
    if (!nets.front().bounds.empty())
      add("many", bound_grid,
          [](const StudyPoint& p, std::size_t e) { return double(p.bounds[e].free) / double(p.parameters); });
    figure.series.push_back({.label = fmt::format("width {}, exactly free", w),
                             .x = {epsilon_grid.front(), epsilon_grid.back()},
                             .y = std::vector<double>(2, mean(nets, &StudyPoint::low_rank_share)),
                             .dashed = true});
  }
  return figure;
}

// Shares of the kinds on top of each other: the distance between two lines is the upper one's share.
Figure stacked(const std::vector<KindChange>& changes, const StudySetting& s, bool after) {
  Figure figure{.title = s.name() + (after ? ": after training" : ": before training"),
                .x_label = "ε",
                .y_label = "share of N, kinds added up",
                .log_x = true};
  for (const KindChange& c : kinds_at(changes, s, bound_grid.front()))
    if (c.kind != "all") figure.series.push_back({.label = c.kind, .style = SeriesStyle::lines_points});
  for (double epsilon : bound_grid) {
    double sum = 0;
    const std::vector<KindChange> kinds = kinds_at(changes, s, epsilon);
    for (std::size_t i = 0; i < figure.series.size(); ++i) {
      figure.series[i].x.push_back(epsilon);
      figure.series[i].y.push_back(sum += after ? kinds[i].after : kinds[i].before);
    }
  }
  figure.series.back().dashed = true;
  return figure;
}

}  // namespace

std::vector<NamedFigure> training_figures(const std::vector<StudyPoint>& points) {
  std::vector<NamedFigure> all;
  const auto add_all = [&](std::vector<NamedFigure> figures, bool compared = true) {
    if (compared) share_y(figures);
    std::ranges::move(figures, std::back_inserter(all));
  };
  const auto of_tasks = [&](const std::string& name, bool compared, const auto& draw) {
    add_all(values(distinct(points, &StudyPoint::data),
                   [&](const std::string& task) {
                     return NamedFigure{task + "_" + name, draw(task)};
                   }),
            compared);
  };
  const auto add = [&](const std::string& name, const std::string& what, const Value& value, bool compared = true) {
    of_tasks(name, compared, [&](const std::string& task) { return over_epochs(points, task, what, value); });
  };
  add("share_below", fmt::format("share of directions below ε = {:g}", epsilon_grid[effect_epsilon]), share_below);
  of_tasks("cut_off", true, [&](const std::string& task) { return over_cut_offs(points, task); });
  add("low_rank", "exactly free by low rank, share of parameters", &StudyPoint::low_rank_share);
  add("dead", "share of dead neurons", &StudyPoint::dead_share);
  add("loss", "test loss", &StudyPoint::test_loss, false);  // tasks have losses of their own
  const std::vector<KindChange> changes = kind_changes(points);
  for (std::size_t i = 0; const StudySetting& s : distinct(changes, &KindChange::setting)) {
    add_all({{fmt::format("kinds_{}_before", i), stacked(changes, s, false)},
             {fmt::format("kinds_{}_after", i), stacked(changes, s, true)}});
    ++i;
  }
  return all;
}

}  // namespace basin::experiments
