#include "nn/config.h"

#include <fmt/format.h>

#include <charconv>

#include "core/error.h"
#include "core/file.h"
#include "nn/superposition.h"
#include "nn/supervised.h"
#include "nn/transformer.h"

namespace basin::nn {
namespace {

template <class Number>
bool reads_as(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

const std::string& ConfigReader::text(const std::string& key) const {
  const auto found = config_.find(key);
  if (found == config_.end()) throw DataError(fmt::format("{}: there is no '{}' in the config", who_, key));
  return found->second;
}

void ConfigReader::refuse(const std::string& key, const std::string& wanted) const {
  throw DataError(fmt::format("{}: '{}' is {} in the config; wanted {}", who_, key, excerpt(text(key)), wanted));
}

template <class Number>
Number ConfigReader::number(const std::string& key) const {
  Number value{};
  if (!reads_as(text(key), value)) refuse(key, "a number");
  return value;
}

template std::int64_t ConfigReader::number(const std::string&) const;
template double ConfigReader::number(const std::string&) const;

std::vector<std::int64_t> ConfigReader::integers(const std::string& key) const {
  std::vector<std::int64_t> values;
  std::string_view rest = text(key);
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    if (!reads_as(rest.substr(0, comma), values.emplace_back())) refuse(key, "whole numbers between commas");
    more = comma != rest.npos;
    if (more) rest.remove_prefix(comma + 1);
  }
  return values;
}

bool ConfigReader::flag(const std::string& key) const {
  if (text(key) != "yes" && text(key) != "no") refuse(key, "yes or no");
  return text(key) == "yes";
}

Model model_from(const std::map<std::string, std::string>& config) {
  const ConfigReader from(config, "model");
  if (from.text("model") == "mlp") return mlp_from(config);
  if (from.text("model") == "transformer") return transformer_from(config);
  if (from.text("model") == "superposition") return superposition_from(config);
  from.refuse("model", "mlp, transformer or superposition");
}

}  // namespace basin::nn
