#include "experiments/shared/table_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

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
  for (const char* option : {"task", "separator", "header"})
    if (o.as_given(option) != "auto" && !is_csv_path(o.text("data")))
      throw UsageError(
          fmt::format("--{} is for tables, .csv, .tsv or .txt; given data set '{}'", option, o.text("data")));
  into.csv = {
      .target = o.text("target"),
      .task = nn::task_from(o.text("task")),
      .format = {.separator = nn::separator_from(o.text("separator")), .header = nn::header_from(o.text("header"))}};
  into.standardise = o.flag("standardise");
}

void say_reading(const Options& o, const nn::Reading& reading) {
  if (!reading.said.empty() && !o.flag("quiet")) fmt::print(stderr, "note: {}\n", reading.said);
}

std::string classes_line(const nn::Dataset& data) {
  return data.class_names.empty() ? "" : fmt::format("classes: {}\n", fmt::join(data.class_names, ", "));
}

std::string classes_json(const nn::Dataset& data) {
  if (data.classes == 0) return "null";
  auto names = nlohmann::json::array();
  for (std::int64_t label = 0; label < data.classes; ++label) names.push_back(data.class_name(label));
  return names.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace basin::experiments
