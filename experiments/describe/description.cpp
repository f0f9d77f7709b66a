#include "experiments/describe/description.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/file.h"
#include "core/names.h"

namespace basin::experiments {
namespace {

using report::Json;

struct Line {
  std::int64_t indent;
  std::string part;
  const TensorTree* node;
};

// Foreign names as they are, or quoted if a terminal could take them for something else.
std::string as_shown(const std::string& part) {
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  return part.empty() || std::ranges::any_of(part, is_control) ? excerpt(part) : part;
}

bool opens(std::int64_t level, std::int64_t depth) { return depth == 0 || level < depth; }

void add_lines(std::vector<Line>& lines, const TensorTree& node, std::int64_t level, std::int64_t depth) {
  for (const TensorTree& child : node.children) {
    lines.push_back({level, as_shown(child.part), &child});
    if (opens(level + 1, depth)) add_lines(lines, child, level + 1, depth);
  }
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json number_shown(double value) { return std::isnan(value) ? Json() : Json(value); }

const report::Table<Line>& tensor_columns() {
  static const report::Table<Line> table{
      {"name", "name", [](const Line& l) { return std::string(std::size_t(2 * l.indent), ' ') + l.part; }},
      {"shape", "shape", [](const Line& l) { return l.node->tensor ? l.node->tensor->shape.str() : std::string(); }},
      {"type", "type", [](const Line& l) { return l.node->tensor ? l.node->tensor->dtype : std::string(); }},
      {"elements", "elements", [](const Line& l) { return l.node->total.elements; }},
      {"norm", "norm", [](const Line& l) { return l.node->total.norm; }, "{:.4g}"},
      {"min", "min", [](const Line& l) { return number_shown(l.node->total.min); }, "{:.4g}"},
      {"max", "max", [](const Line& l) { return number_shown(l.node->total.max); }, "{:.4g}"},
      {"mean", "mean", [](const Line& l) { return number_shown(l.node->total.mean); }, "{:.4g}"},
      {"nan", "NaN", [](const Line& l) { return l.node->total.nans; }},
      {"inf", "Inf", [](const Line& l) { return l.node->total.infs; }}};
  return table;
}

const report::Table<NamedValue>& value_columns() {
  static const report::Table<NamedValue> table{
      {"name", "name", [](const NamedValue& v) { return as_shown(v.name); }},
      {"shape", "shape", &NamedValue::shape},
      {"role", "role", [](const NamedValue& v) { return std::string(name_of(v.role)); }},
      {"can", "can be", [](const NamedValue& v) {
         return std::string(v.role == ValueRole::input       ? "fed"
                            : v.role == ValueRole::parameter ? "bound, fed or fetched"
                            : v.role == ValueRole::inner     ? "fetched or fed"
                                                             : "fetched");
       }}};
  return table;
}

std::string metadata_text(const std::map<std::string, std::string>& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata) text += fmt::format("  {} = {}\n", as_shown(key), excerpt(value));
  return text.empty() ? "" : "\nmetadata\n" + text;
}

std::string texts_text(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  for (const std::string& name : texts) names.push_back(as_shown(name));
  return texts.empty() ? "" : fmt::format("\narrays without numbers, such as text: {}\n", fmt::join(names, ", "));
}

std::string values_text(const NamedValues& network) {
  return fmt::format("\nnamed values for n rows, as in memory: dense weights are [in, out] ({})\n{}", network.from,
                     report::table_text(value_columns().json(network.values)));
}

Json node_json(const TensorTree& node, std::int64_t level, std::int64_t depth) {
  const TensorSummary& s = node.total;
  Json json{{"part", node.part}, {"name", node.name}, {"tensors", node.tensors}};
  if (node.tensor) {
    json["shape"] = std::vector<std::int64_t>(node.tensor->shape.begin(), node.tensor->shape.end());
    json["type"] = node.tensor->dtype;
  }
  json.update(Json{{"elements", s.elements},
                   {"norm", number(s.norm)},
                   {"min", number(s.min)},
                   {"max", number(s.max)},
                   {"mean", number(s.mean)},
                   {"nan", s.nans},
                   {"inf", s.infs}});
  if (node.tensor || !opens(level, depth)) return json;
  json["children"] = Json::array();
  for (const TensorTree& child : node.children) json["children"].push_back(node_json(child, level + 1, depth));
  return json;
}

std::vector<std::string> all_names(const Description& d) {
  std::vector<std::string> names = d.file.texts;
  for (const NamedSummary& tensor : d.file.tensors) names.push_back(tensor.name);
  if (d.network)
    for (const NamedValue& value : d.network->values) names.push_back(value.name);
  return names;
}

}  // namespace

void keep_matching(Description& d, const std::string& glob) {
  const std::vector<std::string> names = all_names(d);
  const auto fits = [&](const std::string& name) { return matches_glob(glob, name); };
  if (!names.empty() && std::ranges::none_of(names, fits))
    throw NameError(fmt::format("{}: none of {} names matches {}; help: the nearest is {}", d.path, names.size(),
                                excerpt(glob), excerpt(nearest_name(glob, names))));
  std::erase_if(d.file.tensors, [&](const NamedSummary& tensor) { return !fits(tensor.name); });
  std::erase_if(d.file.texts, [&](const std::string& name) { return !fits(name); });
  if (d.network) std::erase_if(d.network->values, [&](const NamedValue& value) { return !fits(value.name); });
}

std::string description_text(const Description& d, std::int64_t depth) {
  const TensorTree tree = tensor_tree(d.file.tensors);
  std::vector<Line> lines;
  add_lines(lines, tree, 0, depth);
  lines.push_back({0, tree.tensors == 1 ? "1 tensor" : fmt::format("{} tensors", tree.tensors), &tree});
  std::string text = d.path + "\n" + metadata_text(d.file.metadata) + "\n";
  text += report::table_text(tensor_columns().json(lines)) + texts_text(d.file.texts);
  return d.network ? text + values_text(*d.network) : text;
}

Json description_json(const Description& d, std::int64_t depth) {
  Json json{{"file", d.path},
            {"metadata", d.file.metadata},
            {"tensors", node_json(tensor_tree(d.file.tensors), 0, depth)},
            {"texts", d.file.texts}};
  if (!d.network) return json;
  json["network"] = d.network->from;
  json["values"] = Json::array();
  for (const NamedValue& v : d.network->values)
    json["values"].push_back(Json{{"name", v.name},
                                  {"shape", v.shape},
                                  {"role", name_of(v.role)},
                                  {"fetch", v.role != ValueRole::input},
                                  {"feed", v.role != ValueRole::end}});
  return json;
}

}  // namespace basin::experiments
