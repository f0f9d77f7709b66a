#include "experiments/look/interventions_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "core/file.h"
#include "core/legible.h"
#include "core/names.h"
#include "core/npy.h"

namespace basin::experiments {
namespace {

using interp::Intervention;
using interp::Put;

// Nested lists of numbers as one array.
struct Numbers {
  std::vector<std::int64_t> lengths{};
  std::vector<double> values{};

  bool read(const toml::node& node, std::size_t depth = 0) {
    if (node.is_number()) return values.push_back(*node.value<double>()), lengths.size() == depth;
    if (!node.is_array() || node.as_array()->empty() || depth == Shape::max_rank) return false;
    const toml::array& list = *node.as_array();
    if (lengths.size() == depth && values.empty()) lengths.push_back(std::int64_t(list.size()));
    if (depth >= lengths.size() || lengths[depth] != std::int64_t(list.size())) return false;
    return std::ranges::all_of(list, [&](const toml::node& item) { return read(item, depth + 1); });
  }
  Tensor<double> tensor() const { return {Shape(lengths), values}; }
};

// One table of the file.
class TableReader {
 public:
  TableReader(const toml::table& table, const std::string& path) : table_(table), path_(path) {}

  [[noreturn]] void refuse(const toml::node& at, const std::string& what) const {
    throw DataError(fmt::format("{}:{}: {}", path_, at.source().begin.line, what));
  }
  void require_known(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, node] : table_)
      if (std::ranges::count(keys, key.str()) == 0)
        refuse(node,
               fmt::format("the key {} is unknown; wanted some of {}", excerpt(key.str()), fmt::join(keys, ", ")));
  }
  std::string text(const char* key) const {
    const toml::node* node = table_.get(key);
    if (!node) refuse(table_, fmt::format("the key '{}' is missing", key));
    if (!node->is_string()) refuse(*node, fmt::format("'{}' is no text", key));
    return *node->value<std::string>();
  }
  double number(const char* key, double otherwise) const {
    const toml::node* node = table_.get(key);
    if (node && !node->is_number()) refuse(*node, fmt::format("'{}' is no number", key));
    return node ? *node->value<double>() : otherwise;
  }
  std::uint64_t seed() const {
    const toml::node* node = table_.get("seed");
    if (!node) return 0;
    if (!node->is_integer() || *node->value<std::int64_t>() < 0) refuse(*node, "'seed' is no whole number from 0 on");
    return std::uint64_t(*node->value<std::int64_t>());
  }
  Tensor<double> array(const char* key) const {
    const toml::node* node = table_.get(key);
    if (!node) return {};
    Numbers numbers;
    if (!numbers.read(*node)) refuse(*node, fmt::format("'{}' is no array of numbers", key));
    return numbers.tensor();
  }
  std::vector<std::string> words(const char* key) const {
    const toml::node* node = table_.get(key);
    std::vector<std::string> all;
    if (!node || !node->is_array()) refuse(table_, fmt::format("'{}' is no list of texts", key));
    for (const toml::node& item : *node->as_array()) {
      if (!item.is_string()) refuse(item, fmt::format("'{}' is no list of texts", key));
      all.push_back(*item.value<std::string>());
    }
    return all;
  }
  bool has(const char* key) const { return table_.contains(key); }
  const toml::node& node(const char* key) const { return *table_.get(key); }
  const toml::table& table() const { return table_; }

 private:
  const toml::table& table_;
  const std::string& path_;
};

Intervention intervention_from(const TableReader& from, const std::string& path) {
  from.require_known({"label", "at", "replace", "numbers", "file", "factor", "seed", "directions"});
  Intervention i{.label = from.text("label"),
                 .site = interp::site_from(from.text("at")),
                 .put = interp::put_from(from.text("replace")),
                 .numbers = from.array("numbers"),
                 .factor = from.number("factor", 1),
                 .seed = from.seed()};
  i.site.directions = from.array("directions");
  if (from.has("file")) {
    if (from.has("numbers")) from.refuse(from.node("file"), "'file' and 'numbers' are both given");
    i.numbers = read_npy((std::filesystem::path(path).parent_path() / from.text("file")).string());
  }
  const bool takes = i.put == Put::numbers || i.put == Put::add;
  if (takes != (i.numbers.size() > 0))
    from.refuse(from.table(),
                fmt::format("'{}' {} 'numbers' or a 'file'", name_of(i.put), takes ? "wants" : "has no use for"));
  if (from.has("factor") && i.put != Put::scale && i.put != Put::add)
    from.refuse(from.node("factor"), "'factor' is for scale and add");
  if (from.has("seed") && i.put != Put::resample) from.refuse(from.node("seed"), "'seed' is for resample");
  return i;
}

const toml::array* tables(const toml::table& file, const char* key, const std::string& path) {
  const toml::node* node = file.get(key);
  if (!node) return nullptr;
  if (!node->is_array_of_tables())
    throw DataError(
        fmt::format("{}:{}: '{}' is no list of tables; help: write [[{}]]", path, node->source().begin.line, key, key));
  return node->as_array();
}

std::vector<std::string> labels_of(const InterventionsFile& file) {
  std::vector<std::string> labels;
  for (const Intervention& i : file.interventions) labels.push_back(i.label);
  for (const InterventionSet& s : file.sets) labels.push_back(s.label);
  return labels;
}

void check_labels(const InterventionsFile& file, const std::string& path) {
  std::vector<std::string> labels = labels_of(file);
  for (const InterventionSet& s : file.sets)
    for (const std::string& member : s.of)
      if (std::ranges::count(file.interventions, member, &Intervention::label) == 0)
        throw DataError(
            fmt::format("{}: the set {} has {}, which is no intervention", path, excerpt(s.label), excerpt(member)));
  std::ranges::sort(labels);
  if (const auto twice = std::ranges::adjacent_find(labels); twice != labels.end())
    throw DataError(fmt::format("{}: the label {} is given twice", path, excerpt(*twice)));
}

toml::array nested(const Tensor<double>& t, int axis, std::int64_t& next) {
  toml::array list;
  for (std::int64_t i = 0; i < t.shape[axis]; ++i) {
    if (axis + 1 == t.shape.rank())
      list.push_back(t[next++]);
    else
      list.push_back(nested(t, axis + 1, next));
  }
  return list;
}

void put_numbers(toml::table& table, const char* key, const Tensor<double>& t) {
  std::int64_t next = 0;
  if (t.size() > 0 && t.shape.rank() == 0)
    table.insert(key, t[0]);
  else if (t.size() > 0)
    table.insert(key, nested(t, 0, next));
}

}  // namespace

std::vector<Intervention> InterventionsFile::chosen(const std::vector<std::string>& labels) const {
  if (labels.empty()) return interventions;
  std::vector<std::string> wanted;
  for (const std::string& label : labels) {
    const auto set = std::ranges::find(sets, label, &InterventionSet::label);
    if (set != sets.end())
      wanted.insert(wanted.end(), set->of.begin(), set->of.end());
    else if (std::ranges::count(interventions, label, &Intervention::label))
      wanted.push_back(label);
    else
      throw NameError(fmt::format("no intervention and no set is called '{}'; help: the nearest is '{}'", label,
                                  nearest_name(label, labels_of(*this))));
  }
  std::vector<Intervention> all;
  for (const Intervention& i : interventions)
    if (std::ranges::count(wanted, i.label)) all.push_back(i);
  return all;
}

InterventionsFile read_interventions(const std::string& path) { return interventions_from(read_file(path), path); }

InterventionsFile interventions_from(const std::string& text, const std::string& path) {
  toml::table file;
  try {
    file = toml::parse(text, path);
  } catch (const toml::parse_error& e) {
    throw DataError(fmt::format("{}:{}: {}", path, e.source().begin.line, legible(e.description())));
  }
  TableReader(file, path).require_known({"intervention", "set"});
  InterventionsFile all;
  if (const toml::array* list = tables(file, "intervention", path))
    for (const toml::node& node : *list)
      all.interventions.push_back(intervention_from(TableReader(*node.as_table(), path), path));
  if (const toml::array* list = tables(file, "set", path))
    for (const toml::node& node : *list) {
      const TableReader from(*node.as_table(), path);
      from.require_known({"label", "of"});
      all.sets.push_back({from.text("label"), from.words("of")});
    }
  if (all.interventions.empty()) throw DataError(fmt::format("{}: no [[intervention]] in it", path));
  check_labels(all, path);
  return all;
}

std::string toml_of(const std::vector<Intervention>& interventions) {
  toml::array list;
  for (const Intervention& i : interventions) {
    interp::Site site = i.site;
    site.directions = {};
    toml::table table{{"label", i.label}, {"at", text_of(site)}, {"replace", std::string(name_of(i.put))}};
    if (i.put == Put::resample) table.insert("seed", std::int64_t(i.seed));
    if (i.put == Put::scale || i.put == Put::add) table.insert("factor", i.factor);
    put_numbers(table, "numbers", i.numbers);
    put_numbers(table, "directions", i.site.directions);
    list.push_back(std::move(table));
  }
  std::ostringstream out;
  out << toml::table{{"intervention", std::move(list)}} << "\n";
  return out.str();
}

}  // namespace basin::experiments
