#include "nn/data/csv_target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/file.h"

namespace basin::nn {
namespace {

constexpr const char* task_names[] = {"auto", "classification", "regression"};

struct Column {
  const CsvTable& table;
  std::size_t index;
  const std::string& file;

  std::int64_t rows() const { return table.values.rows(); }
  double value(std::int64_t row) const { return table.values(row, std::int64_t(index)) + 0.0; }  // no -0
  bool is_word(std::int64_t row) const { return std::isnan(value(row)); }
  std::string name() const { return excerpt(table.columns[index]); }
  // The first row with, or without, a word; rows() if there is none.
  std::int64_t first(bool word) const {
    std::int64_t row = 0;
    while (row < rows() && is_word(row) != word) ++row;
    return row;
  }
  std::string cell(std::int64_t row) const {
    return fmt::format("{} in line {}", excerpt(table.texts[std::size_t(row)]), table.line_of(row));
  }
  [[noreturn]] void refuse(const std::string& why) const {
    throw DataError(fmt::format("{}: target {}, column {}: {}", file, name(), index + 1, why));
  }
};

// The different values with the number of rows of each.
template <class Key>
using Counts = std::map<Key, std::int64_t>;

template <class Key, class ValueOf>
Counts<Key> count(std::int64_t rows, const ValueOf& value_of) {
  Counts<Key> counts;
  for (std::int64_t i = 0; i < rows; ++i) ++counts[value_of(i)];
  return counts;
}

bool look_like_classes(const Counts<double>& counts) {
  const auto whole = [](const auto& entry) { return entry.first == std::floor(entry.first); };
  const auto often = [](const auto& entry) { return entry.second >= least_class_rows; };
  if (!std::ranges::all_of(counts, whole)) return false;
  return counts.size() <= 2 || (std::ssize(counts) <= most_number_classes && std::ranges::all_of(counts, often));
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::ptrdiff_t most = 10;
  std::string text;
  for (std::ptrdiff_t i = 0; i < std::min(most, std::ssize(names)); ++i)
    text += (i ? ", " : "") + excerpt(names[std::size_t(i)]);
  return std::ssize(names) > most ? fmt::format("{} and {} more", text, std::ssize(names) - most) : text;
}

template <class Key, class ValueOf>
Target classes(const Column& c, const Counts<Key>& counts, const ValueOf& value_of) {
  if (std::ssize(counts) > most_classes)
    c.refuse(fmt::format("{} classes; wanted at most {}", counts.size(), most_classes));
  Target target{Tensor<float>({c.rows()})};
  std::map<Key, float> label;
  for (const auto& [key, rows] : counts) {
    label[key] = float(target.classes.size());
    target.classes.push_back(fmt::format("{}", key));
  }
  for (std::int64_t i = 0; i < c.rows(); ++i) target.y[i] = label[value_of(i)];
  target.said = fmt::format("target {} is taken for {} classes: {}", c.name(), counts.size(), listed(target.classes));
  return target;
}

Target word_classes(const Column& c, Task task) {
  const std::int64_t number = c.first(false);
  if (task == Task::regression)
    c.refuse(fmt::format("{} is no number; help: --task classification learns words", c.cell(c.first(true))));
  if (task == Task::automatic && number < c.rows())
    c.refuse(fmt::format("{} is a word, {} a number; help: mend the cell, or --task classification takes all for names",
                         c.cell(c.first(true)), c.cell(number)));
  const auto text = [&](std::int64_t row) { return c.table.texts[std::size_t(row)]; };
  const auto counts = count<std::string>(c.rows(), text);
  if (task == Task::automatic && std::ssize(counts) == c.rows() && c.rows() > 2)
    c.refuse(
        "every row has a word of its own; help: --target names another column, --task classification learns these");
  return classes(c, counts, text);
}

Target numbers(const Column& c, const Counts<double>& counts) {
  Target target{Tensor<float>({c.rows(), 1})};
  for (std::int64_t i = 0; i < c.rows(); ++i) target.y[i] = float(c.value(i));
  target.said = fmt::format("target {} is taken for numbers, from {} to {}", c.name(), counts.begin()->first,
                            counts.rbegin()->first);
  return target;
}

void refuse_constant(const Column& c) {
  const auto& texts = c.table.texts;
  const double first = c.value(0);
  for (std::int64_t i = 1; i < c.rows(); ++i)
    if (std::isnan(first) ? texts[std::size_t(i)] != texts[0] : c.value(i) != first) return;
  c.refuse(
      fmt::format("{} in all {} rows: one class, no variance, nothing to learn; help: --target names another column",
                  excerpt(texts[0]), c.rows()));
}

}  // namespace

Task task_from(const std::string& name) {
  for (const Task task : {Task::automatic, Task::classification, Task::regression})
    if (name == name_of(task)) return task;
  throw UsageError(fmt::format("no task is called '{}'; wanted {}", name, fmt::join(task_names, ", ")));
}

std::string name_of(Task task) { return task_names[int(task)]; }

Target target_of(const CsvTable& table, std::size_t column, Task task, const std::string& file) {
  const Column c{table, column, file};
  refuse_constant(c);
  if (c.first(true) < c.rows()) return word_classes(c, task);
  const auto value = [&](std::int64_t row) { return c.value(row); };
  const auto counts = count<double>(c.rows(), value);
  const bool as_classes = task == Task::automatic ? look_like_classes(counts) : task == Task::classification;
  Target target = as_classes ? classes(c, counts, value) : numbers(c, counts);
  if (task == Task::automatic)
    target.said += as_classes ? "; --task regression takes it for numbers"
                              : fmt::format("; --task classification takes its {} values for classes", counts.size());
  return target;
}

}  // namespace basin::nn
