#include "core/json_lines.h"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "core/team.h"

namespace basin {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

struct Printer {
  std::string operator()(const std::string& text) const { return quoted(text); }
  std::string operator()(double number) const { return std::isfinite(number) ? fmt::format("{}", number) : "null"; }
  std::string operator()(auto whole) const { return fmt::format("{}", whole); }
};

bool ends_inside_a_line(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in || in.tellg() <= 0) return false;
  in.seekg(-1, std::ios::end);
  return in.get() != '\n';
}

}  // namespace

std::string JsonValue::str() const { return std::visit(Printer{}, value_); }

JsonLines::JsonLines(const std::string& path, bool append) : path_(path) {
  first_only([&] {
    if (append && ends_inside_a_line(path))
      throw DataError(fmt::format("{}: its last line is incomplete; help: cut it with keep_json_lines", path));
    out_.open(path, append ? std::ios::app : std::ios::trunc);
    if (!out_) throw StorageError(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  });
}

void JsonLines::write(const std::vector<std::pair<std::string, JsonValue>>& fields) {
  std::string line = "{";
  std::set<std::string> seen;
  for (const auto& [name, value] : fields) {
    if (!seen.insert(name).second) throw NameError(fmt::format("{}: {} is given twice", path_, excerpt(name)));
    line += (line.size() > 1 ? "," : "") + quoted(name) + ":" + value.str();
  }
  line += "}\n";
  errno = 0;
  if (is_first() && !out_.write(line.data(), std::streamsize(line.size())).flush())
    throw StorageError(fmt::format("cannot write {}: {}; help: free space on its disk", path_, std::strerror(errno)));
}

void keep_json_lines(const std::string& path, std::int64_t n_lines) {
  if (n_lines < 0) throw UsageError(fmt::format("{}: cannot keep {} lines", path, n_lines));
  const std::string text = read_file(path);
  std::size_t kept = 0;
  for (std::int64_t i = 0; i < n_lines; ++i) {
    const std::size_t end = text.find('\n', kept);
    if (end == text.npos) throw DataError(fmt::format("{}: {} complete lines, {} are to be kept", path, i, n_lines));
    const std::string_view line = std::string_view(text).substr(kept, end - kept);
    if (!line.starts_with('{') || !nlohmann::json::accept(line))
      throw DataError(fmt::format("{}: line {} is not a JSON object: {}", path, i + 1, excerpt(line)));
    kept = end + 1;
  }
  write_atomically(path, std::string_view(text).substr(0, kept));
}

}  // namespace basin
