// Metrics as a file with one JSON object per line.
//   JsonLines metrics("metrics.jsonl", false);  metrics.write({{"step", 3}, {"loss", 0.5}});
#pragma once
#include <concepts>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.h"
#include "core/file.h"

namespace basin {

class JsonValue {
 public:
  JsonValue(std::same_as<bool> auto value) : value_(value) {}  // no pointer may turn into a bool
  JsonValue(std::signed_integral auto value) : value_(std::int64_t(value)) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) JsonValue(T value) : value_(std::uint64_t(value)) {}
  JsonValue(std::floating_point auto value) : value_(double(value)) {}
  JsonValue(std::string value) : value_(std::move(value)) {}
  JsonValue(const char* value) : value_(std::string(value)) {}

  // Numbers in the fewest digits that read back the same; NaN and Inf as null; bytes that are not UTF-8 as U+FFFD.
  std::string str() const;

 private:
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string> value_;
};

class JsonLines {
 public:
  // Starts a new file, or goes on behind the last line. Error when the file cannot be opened; DataError when the last
  // line of a file to be continued is incomplete.
  JsonLines(const std::string& path, bool append);

  // One line, in the order given, handed to the system before it returns. NameError when a name appears twice; Error
  // when the disk is full.
  void write(const std::vector<std::pair<std::string, JsonValue>>& fields);
  // Lines so far survive a loss of power: before something is saved that counts on them.
  void sync() const { sync_file(path_); }

 private:
  std::string path_;
  std::ofstream out_;
};

// For resuming: keeps the first n lines and drops the rest, atomically. DataError when the file has fewer complete
// lines or one that is kept is not a JSON object.
void keep_json_lines(const std::string& path, std::int64_t n_lines);

}  // namespace basin
