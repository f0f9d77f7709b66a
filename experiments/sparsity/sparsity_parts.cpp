#include "experiments/sparsity/sparsity_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "core/npz.h"
#include "core/team.h"

namespace basin::experiments {
namespace {

using interp::BasisKind;
using Json = nlohmann::ordered_json;

// The fields, once for both ways: visit(name, field).
template <class Net, class Visit>
void visit_net(Net& n, const Visit& visit) {
  visit("setting", n.setting), visit("weight_decay", n.weight_decay), visit("seed", n.seed), visit("epoch", n.epoch);
  visit("parameters", n.parameters), visit("rows", n.rows), visit("loss", n.loss);
  visit("constant_loss", n.constant_loss), visit("accuracy", n.accuracy);
  visit("accuracy_measurable", n.accuracy_measurable), visit("free_share", n.free_share);
  visit("dead_share", n.dead_share);
}

template <class Section, class Visit>
void visit_section(Section& s, const Visit& visit) {
  visit("features", s.features), visit("targets", s.targets), visit("edges", s.edges);
  visit("above_rounding", s.above_rounding), visit("effective", s.effective), visit("required", s.required);
}

auto into(Json& j) {
  return [&j](const char* name, const auto& field) { j[name] = field; };
}

// NaN is null in a file.
auto from(const Json& j) {
  return [&j](const char* name, auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, double>)
      field = j.at(name).is_null() ? std::numeric_limits<double>::quiet_NaN() : j.at(name).template get<double>();
    else
      j.at(name).get_to(field);
  };
}

Json json_of(const SparsityNet& net) {
  Json j;
  visit_net(net, into(j));
  j["bases"] = Json::array(), j["removed"] = Json::array();
  for (const BasisSections& basis : net.bases) {
    Json& b = j["bases"].emplace_back(Json{{"basis", name_of(basis.kind)}, {"sections", Json::array()}});
    for (const interp::SectionSparsity& s : basis.sections) visit_section(s, into(b["sections"].emplace_back()));
  }
  for (const RemovedKind& r : net.removed)
    j["removed"].push_back({{"kind", r.kind},
                            {"directions", r.seen.directions},
                            {"seen", r.seen.rank.rank},
                            {"smallest_seen", r.seen.rank.smallest_kept},
                            {"largest_removed", r.seen.rank.largest_dropped}});
  j["modules"] = Json::array();
  for (const BasisModules& m : net.modules)
    j["modules"].push_back({{"basis", name_of(m.kind)}, {"restarts", m.restarts}, {"of_feature", m.features.modules}});
  return j;
}

// What those who read a network count on: the local basis, or all that are compared with what is required in each.
void check(const SparsityNet& net) {
  const std::vector<BasisKind> wanted =
      net.compared() ? std::vector(std::begin(compared_bases), std::end(compared_bases)) : std::vector{BasisKind::lib};
  const std::size_t required = net.compared() ? 1 + net.accuracy_measurable : 0;
  for (const BasisKind kind : wanted) {
    const auto basis = std::ranges::find(net.bases, kind, &BasisSections::kind);
    if (basis == net.bases.end() || basis->sections.size() != net.bases.front().sections.size())
      throw DataError("a network without its bases");
    for (const interp::SectionSparsity& s : basis->sections)
      if (s.required.size() < required) throw DataError("a section without what is required");
  }
}

SparsityNet net_of(const Json& j) {
  SparsityNet net;
  visit_net(net, from(j));
  for (const Json& b : j.at("bases")) {
    BasisSections& basis = net.bases.emplace_back(BasisSections{interp::basis_from(b.at("basis").get<std::string>())});
    for (const Json& s : b.at("sections")) visit_section(basis.sections.emplace_back(), from(s));
  }
  for (const Json& r : j.at("removed")) {
    RemovedKind& kind = net.removed.emplace_back(RemovedKind{r.at("kind").get<std::string>(), {}});
    interp::SeenDirections& seen = kind.seen;
    r.at("directions").get_to(seen.directions), r.at("seen").get_to(seen.rank.rank);
    r.at("smallest_seen").get_to(seen.rank.smallest_kept), r.at("largest_removed").get_to(seen.rank.largest_dropped);
  }
  for (const Json& m : j.at("modules")) {
    net.modules.push_back({interp::basis_from(m.at("basis").get<std::string>()), m.at("restarts").get<double>(), {}});
    m.at("of_feature").get_to(net.modules.back().features.modules);
  }
  check(net);
  return net;
}

std::string values_path(const std::string& path) {
  return std::filesystem::path(path).replace_extension(".npz").string();
}

std::string values_name(const SparsityNet& net, const BasisModules& in, std::size_t layer) {
  return fmt::format("epoch{}__{}__{}", net.epoch, name_of(in.kind), layer);
}

void write_values(const std::string& path, const std::vector<SparsityNet>& nets) {
  NpzWriter out;
  for (const SparsityNet& net : nets)
    for (const BasisModules& m : net.modules)
      for (std::size_t l = 0; l < m.features.values.size(); ++l) out.add(values_name(net, m, l), m.features.values[l]);
  out.save(path);
}

void read_values(const std::string& path, std::vector<SparsityNet>& nets) {
  const auto tables = read_npz(path);
  for (SparsityNet& net : nets)
    for (BasisModules& m : net.modules)
      for (std::size_t l = 0; l < m.features.modules.size(); ++l)
        m.features.values.push_back(tables.at(values_name(net, m, l)));
}

bool has_modules(const std::vector<SparsityNet>& nets) {
  return std::ranges::any_of(nets, [](const SparsityNet& n) { return !n.modules.empty(); });
}

}  // namespace

void write_part(const std::string& path, const std::string& key, const std::vector<SparsityNet>& nets) {
  first_only([&] { std::filesystem::remove(path); });  // until its values are there
  if (has_modules(nets)) write_values(values_path(path), nets);
  Json file{{"key", key}, {"networks", Json::array()}};
  for (const SparsityNet& net : nets) file["networks"].push_back(json_of(net));
  write_atomically(path, file.dump(1) + "\n");
}

std::optional<std::vector<SparsityNet>> read_part(const std::string& path, const std::string& key) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    const Json file = Json::parse(read_file(path));
    if (file.at("key") != key) return std::nullopt;
    std::vector<SparsityNet> nets;
    for (const Json& net : file.at("networks")) nets.push_back(net_of(net));
    if (has_modules(nets)) read_values(values_path(path), nets);
    return nets;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace basin::experiments
