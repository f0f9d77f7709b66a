#include "experiments/shared/table_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

namespace basin::experiments {

void add_table_options(Options& o) {
  o.add_string("target", "",
               "target column of a table, by its name or, without a header, its number; empty: the last one");
  o.add_choice("task", "auto", {"auto", "classification", "regression"},
               "how a table's target is learnt; auto: words are classes, and so are up to 20 whole numbers, each on 5 "
               "rows or more, or only two");
  o.add_string("separator", "auto", "of a table's cells: auto, comma, semicolon, tab, space or pipe");
  o.add_choice("header", "auto", {"auto", "present", "absent"}, "whether line 1 of a table names its columns");
  o.add_flag("standardise", "shift and scale a table's inputs to mean 0 and variance 1");
}

void read_table_options(const Options& o, nn::DataOptions& into) {
  const std::string& data = o.text("data");
  if (!is_csv_path(data))
    o.require_unused({"target", "task", "separator", "header", "standardise"},
                     "it is for tables, .csv, .tsv or .txt, and --data is " + data);
  into.csv = {
      .target = o.text("target"),
      .task = nn::task_from(o.text("task")),
      .format = {.separator = nn::separator_from(o.text("separator")), .header = nn::header_from(o.text("header"))}};
  into.standardise = o.flag("standardise");
}

void say_reading(const Options& o, const nn::Dataset& data) {
  const std::string& said = data.reading.said;
  if (!said.empty() && !o.flag("quiet")) fmt::print(stderr, "note: {}\n", said);
}

std::string classes_line(const nn::Dataset& data) {
  constexpr std::size_t most = 20;
  const auto& names = data.class_names;
  if (names.empty()) return "";
  const auto shown = std::span(names).first(std::min(most, names.size()));
  const std::string more = names.size() > most ? fmt::format(" and {} more", names.size() - most) : "";
  return fmt::format("classes: {}{}\n", fmt::join(shown, ", "), more);
}

std::string classes_json(const nn::Dataset& data) {
  if (data.classes == 0) return "null";
  auto names = nlohmann::json::array();
  for (std::int64_t label = 0; label < data.classes; ++label) names.push_back(data.class_name(label));
  return names.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace basin::experiments
