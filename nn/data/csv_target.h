// The column of a table that is to be learnt: classes, which are its different values, or numbers.
#pragma once
#include <string>
#include <vector>

#include "core/csv.h"

namespace basin::nn {

enum class Task { automatic, classification, regression };
Task task_from(const std::string& name);  // auto, classification, regression; UsageError
std::string name_of(Task task);

struct Target {
  Tensor<float> y;                        // labels [n], or numbers [n, 1]
  std::vector<std::string> classes = {};  // names by label; none: numbers
  std::string said = {};                  // what it was taken for and, if that was decided here, how to change it

  Task task() const { return classes.empty() ? Task::regression : Task::classification; }
};

// Numbers that are taken for classes unless a task is given: at most so many different ones, all whole, each on at
// least so many rows, as counts seldom are at their ends; or no more than two.
inline constexpr std::int64_t most_number_classes = 20, least_class_rows = 5;
inline constexpr std::int64_t most_classes = 65536;

// `column` is the one of table.texts. Classes are sorted, by value if all are numbers (2 before 10), else by their
// bytes; 1 and 1.0 are one class. Words are classes. DataError, naming file, column and line, for words where numbers
// are wanted, words beside numbers and words that all differ unless `task` says classification, a target that never
// varies, more than most_classes.
Target target_of(const CsvTable& table, std::size_t column, Task task, const std::string& file);

}  // namespace basin::nn
