// A .npz whose arrays are filled in row by row, in any order, so that it may be larger than memory.
//   NpzStream out("cache.npz", {{"x", {1000, 64}}});  out.write("x", 0, rows);  …  out.keep();
#pragma once
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/shape.h"

namespace basin {

// Arrays of doubles. Equal numbers give equal bytes, in whatever order and from whatever threads they are written:
// names sorted, a fixed date, stored, zip64 where sizes want it. The file takes its name when keep() has found it
// whole; before that nothing is at `path` that was not there (core/pending_file.h).
class NpzStream {
 public:
  // NameError when a name is empty or given twice; UsageError without arrays; StorageError.
  NpzStream(const std::string& path, const std::vector<std::pair<std::string, Shape>>& arrays);
  NpzStream(NpzStream&&) noexcept;
  ~NpzStream();

  // Rows of an array from `first` on: whole rows, each written once. May be called from several threads for different
  // rows. NameError for another array; ShapeError for rows that it has not, or parts of rows.
  void write(const std::string& array, std::int64_t first, std::span<const double> rows);

  void keep();  // UsageError if rows are missing or were written twice

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace basin
