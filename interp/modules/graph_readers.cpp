#include "interp/modules/graph_readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/csv.h"
#include "core/file.h"
#include "core/file_format.h"
#include "interp/modules/listed_graph.h"

namespace basin::interp {
namespace {

constexpr std::array<const char*, 5> columns{"from_layer", "from", "to_layer", "to", "weight"};

// Where each of `columns` stands in the table.
std::array<std::int64_t, 5> places(const CsvTable& table, const std::string& name) {
  if (table.format.header == Header::absent)
    throw DataError(
        fmt::format("{}: line 1 holds numbers; wanted the names of the columns: {}", name, fmt::join(columns, ",")));
  std::array<std::int64_t, 5> place{};
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const auto found = std::ranges::find(table.columns, columns[k]);
    if (found == table.columns.end() || table.columns.size() != columns.size())
      throw DataError(
          fmt::format("{}: line 1: the columns are {}; wanted {}; help: name each end of an edge by its "
                      "layer and its number there",
                      name, excerpt(fmt::format("{}", fmt::join(table.columns, ","))), fmt::join(columns, ",")));
    place[k] = found - table.columns.begin();
  }
  return place;
}

}  // namespace

GraphFile parse_graph_csv(std::string_view text, const std::string& name) {
  const CsvTable table = parse_csv(text, name);
  const auto place = places(table, name);
  ListedGraph list{.name = name, .unit = "line"};
  for (std::int64_t row = 0; row < table.values.rows(); ++row) {
    const auto line = std::size_t(table.line_of(row));
    const auto number = [&](std::size_t column) {
      return counted(table.values(row, place[column]), fmt::format("{}: line {}", name, line), columns[column]);
    };
    list.edges.push_back({.from = {.layer = number(0), .index = number(1)},
                          .to = {.layer = number(2), .index = number(3)},
                          .weight = table.values(row, place[4]),
                          .number = line});
  }
  return assembled(list);
}

GraphFile parse_graph(std::string_view text, const std::string& path) {
  if (const std::string other = foreign_format(text); !other.empty())
    throw DataError(fmt::format("{}: not a graph: {}", path, other));
  if (path.ends_with(".csv")) return parse_graph_csv(text, path);
  if (path.ends_with(".json")) return parse_graph_json(text, path);
  if (path.ends_with(".graphml")) return parse_graphml(text, path);
  throw DataError(fmt::format("{}: wanted a graph in a file that ends in .csv, .json or .graphml", path));
}

GraphFile read_graph(const std::string& path) { return parse_graph(read_file(path), path); }

}  // namespace basin::interp
