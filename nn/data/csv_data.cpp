#include "nn/data/csv_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "core/file.h"
#include "core/names.h"

namespace basin::nn {
namespace {

struct NamedSeparator {
  const char* name;
  char separator;
};
constexpr std::array<NamedSeparator, 6> separators{
    {{"auto", 0}, {"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"space", ' '}, {"pipe", '|'}}};
constexpr std::array header_names{"auto", "present", "absent"};

std::size_t target_column(const CsvLines& lines, const std::string& file, const std::string& target) {
  const std::vector<std::string>& columns = lines.columns();
  if (columns.size() < 2)
    throw DataError(
        fmt::format("{}: {} column, wanted at least one input and the target; cells are separated by {}; help: "
                    "--separator names another",
                    file, columns.size(), name_of_separator(lines.format().separator)));
  if (target.empty()) return columns.size() - 1;
  const auto found = std::find(columns.begin(), columns.end(), target);
  if (found != columns.end()) return std::size_t(found - columns.begin());
  if (lines.format().header == Header::absent)
    throw UsageError(
        fmt::format("{}: no column is called '{}': line 1 is taken for a row, and columns are called 1 to "
                    "{}; help: --header present if it names them",
                    file, target, columns.size()));
  throw UsageError(fmt::format("{}: no column is called '{}'; help: did you mean '{}'?", file, target,
                               nearest_name(target, columns)));
}

// What a reader of the file would not take for granted.
std::string said_of(const CsvTable& table) {
  std::string said;
  if (table.format.separator != ',')
    said += fmt::format("cells are separated by {}; ", name_of_separator(table.format.separator));
  if (table.decimal_comma) said += "decimals by commas; ";
  if (table.format.header == Header::absent)
    said += fmt::format("no header: columns are called 1 to {}; ", table.columns.size());
  return said;
}

// Nothing if classes are called 0, 1, 2, … by themselves.
std::vector<std::string> class_names(const std::vector<std::string>& classes) {
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (classes[i] != std::to_string(i)) return classes;
  return {};
}

Reading reading(const CsvTable& table, const Target& target, const std::string& file) {
  return {.options = {{"task", name_of(target.task())},
                      {"separator", separator_option(table.format.separator)},
                      {"header", header_option(table.format.header)}},
          .said = fmt::format("{}: {}{}", file, said_of(table), target.said)};
}

Tensor<float> other_columns(const Matrix& values, std::size_t target) {
  Tensor<float> x({values.rows(), values.cols() - 1});
  for (std::int64_t i = 0; i < values.rows(); ++i)
    for (std::int64_t j = 0, to = 0; j < values.cols(); ++j)
      if (j != std::int64_t(target)) x(i, to++) = float(values(i, j));
  return x;
}

}  // namespace

char separator_from(const std::string& name) {
  for (const auto& [known, separator] : separators)
    if (name == known) return separator;
  const bool mark = name.size() == 1 && std::ispunct(static_cast<unsigned char>(name[0]));
  if (!mark || name.find_first_of("+-.\"") != name.npos)
    throw UsageError(
        fmt::format("--separator: wants auto, comma, semicolon, tab, space, pipe or one mark such as ':'; given {}",
                    excerpt(name)));
  return name[0];
}

std::string separator_option(char separator) {
  const auto known = std::ranges::find(separators, separator, &NamedSeparator::separator);
  return known == separators.end() ? std::string(1, separator) : known->name;
}

Header header_from(const std::string& name) {
  const auto found = std::ranges::find(header_names, name);
  if (found == header_names.end()) throw UsageError("--header: wants auto, present or absent; given " + excerpt(name));
  return Header(found - header_names.begin());
}

std::string header_option(Header header) { return header_names[std::size_t(header)]; }

Dataset parse_csv_data(std::string_view text, const std::filesystem::path& path, const CsvOptions& options) {
  CsvLines lines(text, path.string(), options.format);
  const std::size_t column = target_column(lines, path.string(), options.target);
  const CsvTable table = read_rows(lines, column);
  Target target = target_of(table, column, options.task, path.string());
  Dataset data{.name = path.stem().string(),
               .x = other_columns(table.values, column),
               .y = std::move(target.y),
               .classes = std::ssize(target.classes),
               .source = path.string(),
               .class_names = class_names(target.classes),
               .reading = reading(table, target, path.string())};
  data.validate();
  return data;
}

Dataset read_csv_data(const std::filesystem::path& path, const CsvOptions& options) {
  return parse_csv_data(read_file(path.string()), path, options);
}

void require_varied_target(const Split& split) {
  const std::vector<float>& y = split.train.y.data;
  if (std::ranges::adjacent_find(y, std::not_equal_to()) == y.end())
    throw DataError(
        fmt::format("{}: the {} training rows all have one target; help: more rows, or another --seed or "
                    "--train-fraction",
                    split.train.source, split.train.size()));
}

void standardise(Split& split) {
  const Tensor<float>& train = split.train.x;
  for (std::int64_t j = 0; j < train.cols(); ++j) {
    double mean = 0, square = 0;
    for (std::int64_t i = 0; i < train.rows(); ++i) mean += train(i, j) / double(train.rows());
    for (std::int64_t i = 0; i < train.rows(); ++i) square += std::pow(train(i, j) - mean, 2) / double(train.rows());
    // Rounding makes the variance of a constant column tiny rather than zero.
    const double scale = std::sqrt(square) > 1e-6 * std::abs(mean) ? 1 / std::sqrt(square) : 1;
    for (Tensor<float>* x : {&split.train.x, &split.test.x})
      for (std::int64_t i = 0; i < x->rows(); ++i) (*x)(i, j) = float(((*x)(i, j) - mean) * scale);
  }
}

}  // namespace basin::nn
