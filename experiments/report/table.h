// Tables: a list of columns, written once, that shows any rows of one kind as aligned text, HTML, CSV and JSON.
//   const Table<Family> families{{"name", "hidden layers", &Family::name},
//                                {"free", "free directions", &Family::free, "{:.1f}"},
//                                {"share", "of N", [](const Family& f) { return f.free / f.parameters; }, "{:.1%}"}};
//   results["families"] = families.json(rows);
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "core/error.h"

namespace basin::report {

using Json = nlohmann::ordered_json;

// A number, text or truth in words, by a format of fmt ("{:.2f}"; "{:.1%}" is a percentage), or as it is without one.
// Whole numbers may be shown by formats of reals; null, NaN and infinities are "–", "nan" and "inf"; nothing is "-0".
// DataError if the format does not fit.
std::string shown(const Json& value, const std::string& format = {});

// A table as JSON: {"columns": [{"key", "head", "format"}], "rows": [{key: value}]}. That is also what pages read.
std::string table_text(const Json& table);        // for terminals: heads and aligned columns, a line each
std::string table_csv(const Json& table);         // a line of keys, then full numbers
std::string table_json_lines(const Json& table);  // one object a line
std::vector<std::string> table_heads(const Json& table);
std::vector<std::vector<std::string>> table_cells(const Json& table);

template <class Row>
struct Column {
  template <class Value>
  Column(std::string key_, std::string head_, Value value_, std::string format_ = {})
      : key(std::move(key_)),
        head(std::move(head_)),
        format(std::move(format_)),
        value([value_](const Row& row) { return Json(std::invoke(value_, row)); }) {}

  std::string key, head, format;  // the name in files, the head for readers, how numbers are shown
  std::function<Json(const Row&)> value;
};

template <class Row>
class Table {
 public:
  Table(std::initializer_list<Column<Row>> columns) : columns_(columns) {}
  Table& add(Column<Row> column) { return columns_.push_back(std::move(column)), *this; }

  template <class Rows>
  Json json(const Rows& rows) const {
    Json table{{"columns", Json::array()}, {"rows", Json::array()}};
    for (const Column<Row>& c : columns_)
      table["columns"].push_back({{"key", c.key}, {"head", c.head}, {"format", c.format}});
    for (const Row& row : rows) {
      Json cells = Json::object();
      for (const Column<Row>& c : columns_) cells[c.key] = c.value(row);
      table["rows"].push_back(std::move(cells));
    }
    return table;
  }

 private:
  std::vector<Column<Row>> columns_;
};

}  // namespace basin::report
