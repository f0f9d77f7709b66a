#include "experiments/report/figure.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "core/file.h"
#include "core/team.h"
#include "experiments/report/figure_script.h"

extern char** environ;

namespace basin::report {
namespace {

bool drawable(const Series& s, std::size_t i, const Figure& f) {
  return std::isfinite(s.x[i]) && std::isfinite(s.y[i]) && (!f.log_x || s.x[i] > 0) && (!f.log_y || s.y[i] > 0);
}

// gnuplot's own messages for these name neither the figure nor the series.
void check_series(const std::string& name, const Figure& f) {
  bool any = false;
  for (const Series& s : f.series) {
    if (s.x.size() != s.y.size())
      throw ShapeError(fmt::format("figure {}: series '{}' has {} x and {} y", name, s.label, s.x.size(), s.y.size()));
    if (!s.error.empty() && s.error.size() != s.y.size())
      throw ShapeError(
          fmt::format("figure {}: series '{}' has {} y and {} errors", name, s.label, s.y.size(), s.error.size()));
    for (std::size_t i = 0; i < s.x.size(); ++i) any = any || drawable(s, i, f);
  }
  if (!any)
    throw UsageError(fmt::format("figure {}: nothing to draw: {} series and no finite point{}", name, f.series.size(),
                                 f.log_x || f.log_y ? " that is positive on the logarithmic axis" : ""));
}

void check_figure(const std::string& name, const Figure& f) {
  check_figure_name(name);
  for (const Figure& panel : f.panels) check_series(fmt::format("{}, panel '{}'", name, panel.title), panel);
  if (!f.panels.empty()) return;
  if (f.heatmap.size() == 0) return check_series(name, f);
  if (std::ranges::none_of(f.heatmap.data, [](double x) { return std::isfinite(x); }))
    throw UsageError(fmt::format("figure {}: nothing to draw: no finite number in the heatmap", name));
}

// A locale of the caller's could put commas into numbers.
std::vector<std::string> plain_environment() {
  std::vector<std::string> list;
  for (char** entry = environ; *entry; ++entry)
    if (!std::string_view(*entry).starts_with("LC_") && !std::string_view(*entry).starts_with("LANG"))
      list.emplace_back(*entry);
  list.emplace_back("LC_ALL=C.UTF-8");
  return list;
}

// The C view of a list of strings, which has to outlive it.
std::vector<char*> c_strings(std::vector<std::string>& list) {
  std::vector<char*> pointers;
  for (std::string& s : list) pointers.push_back(s.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string read_to_end(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    if (text.size() < 65536) text.append(buffer, std::size_t(n));
  }
}

struct Outcome {
  int status = 0;  // of waitpid; -1 if it could not be started
  std::string said;
};

// gnuplot without the user's start-up file, in `dir`, with both its outputs caught.
Outcome run_gnuplot(const std::string& dir, const std::string& script) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error(fmt::format("figure: pipe: {}", std::strerror(errno)));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  posix_spawn_file_actions_addchdir_np(&actions, dir.c_str());
  std::vector<std::string> words = {"gnuplot", "-d", script}, environment = plain_environment();
  pid_t child = 0;
  int failed =
      posix_spawnp(&child, "gnuplot", &actions, nullptr, c_strings(words).data(), c_strings(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  Outcome outcome{-1, failed ? std::strerror(failed) : read_to_end(ends[0])};
  close(ends[0]);
  if (!failed)
    while (waitpid(child, &outcome.status, 0) < 0 && errno == EINTR) {
    }
  return outcome;
}

// gnuplot does not notice a full disk.
bool is_whole_svg(const std::string& path) {
  if (!std::filesystem::exists(path)) return false;
  std::string svg = read_file(path);
  svg.resize(svg.find_last_not_of(" \n") + 1);
  return svg.ends_with("</svg>");
}

void draw_svg(const std::string& dir, const std::string& name, const std::string& stem) {
  std::error_code failed;
  std::filesystem::remove(stem + ".svg", failed);
  const Outcome outcome = run_gnuplot(dir, name + ".gp");
  if (outcome.status == 0 && is_whole_svg(stem + ".svg")) return;
  std::filesystem::remove(stem + ".svg", failed);
  if (outcome.status == -1)
    throw Error(
        fmt::format("figure {}: gnuplot could not be started: {}; help: install gnuplot-nox; {}.csv and .gp are "
                    "written",
                    name, outcome.said, stem));
  throw Error(fmt::format("figure {}: gnuplot failed or left no whole svg: {}; help: the script is {}.gp", name,
                          outcome.said, stem));
}

}  // namespace

void check_figure_name(const std::string& name) {
  auto legal = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; };
  if (name.empty() || !std::ranges::all_of(name, legal))
    throw UsageError(fmt::format("figure name '{}': wanted letters, digits, '_' and '-'", name));
}

Series spectrum(const std::string& label, const std::vector<double>& values, SeriesStyle style) {
  double place = 0;
  return points(
      label, values, [&](double) { return ++place; }, [&](double v) { return v / values.front(); }, style);
}

Series straight(const std::string& label, Range x, Range y) {
  return {.label = label, .x = {x.low, x.high}, .y = {y.low, y.high}, .dashed = true};
}

void share_y(std::vector<NamedFigure>& figures) {
  double low = INFINITY, high = -INFINITY;
  bool bars = false;
  for (const NamedFigure& f : figures)
    for (const Series& s : f.figure.series) {
      bars |= s.style == SeriesStyle::bars;
      for (std::size_t i = 0; i < std::min(s.x.size(), s.y.size()); ++i) {
        if (!drawable(s, i, f.figure)) continue;
        const double error = i < s.error.size() && std::isfinite(s.error[i]) ? s.error[i] : 0;
        low = std::min(low, f.figure.log_y && s.y[i] <= error ? s.y[i] : s.y[i] - error);
        high = std::max(high, s.y[i] + error);
      }
    }
  const double bottom = std::min(low, 0.0), top = std::max(high, 0.0), margin = 0.05 * (top - bottom);
  const Range linear{bottom < 0 ? bottom - margin : 0, top > 0 ? top + margin : bottom < 0 ? 0.0 : 1.0};
  const Range logarithmic{bars ? low / 2 : low, high};  // the lowest bar has a height too
  for (NamedFigure& f : figures) f.figure.y_range = !f.figure.log_y ? linear : low < high ? logarithmic : Range{};
}

void write_figure(const std::string& dir, const std::string& name, const Figure& figure) {
  check_figure(name, figure);
  make_folders(dir);
  const std::string stem = (std::filesystem::path(dir) / name).string();
  write_atomically(stem + ".csv", figure_csv(figure));
  write_atomically(stem + ".gp", figure_script(figure, name));
  first_only([&] { draw_svg(dir, name, stem); });
}

}  // namespace basin::report
