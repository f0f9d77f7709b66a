#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "experiments/shared/rows.h"
#include "experiments/superposition/superposition_study.h"

namespace basin::experiments {
namespace {

using report::Json;
using report::Table;

// A group of networks that end in one state, beside the exact point of that state.
struct StateRow {
  std::string name{};
  std::vector<SuperpositionNetwork> networks{};
  double share = 0;
  std::optional<nn::CriticalPoint> exact{};

  const EndState& first() const { return networks[0].state; }
  double best() const { return std::ranges::min(values(networks, &SuperpositionNetwork::loss)); }
  double worst() const { return std::ranges::max(values(networks, &SuperpositionNetwork::loss)); }
};

// Of how far a loss lies above an exact one.
double excess(double loss, const nn::CriticalPoint& exact) { return loss / exact.loss - 1; }

std::optional<nn::CriticalPoint> exact_of(const SuperpositionFindings& f, const EndState& state) {
  const auto at = std::ranges::find(f.critical, state.polygon, &nn::CriticalPoint::polygon);
  return state.regular && at != f.critical.end() ? std::optional(*at) : std::nullopt;
}

std::vector<StateRow> states_of(const SuperpositionFindings& f) {
  std::vector<StateRow> rows;
  for (const std::vector<SuperpositionNetwork>& group : by_state(f.networks))
    rows.push_back({.name = group[0].state.name(),
                    .networks = group,
                    .share = double(group.size()) / double(f.networks.size()),
                    .exact = exact_of(f, group[0].state)});
  return rows;
}

const Table<StateRow> states_table{
    {"state", "end state", &StateRow::name},
    {"count", "networks", [](const StateRow& s) { return s.networks.size(); }},
    {"share", "share", &StateRow::share, "{:.1%}"},
    {"best", "lowest", &StateRow::best, "{:.5f}"},
    {"worst", "highest", &StateRow::worst, "{:.5f}"},
    {"exact", "exact", [](const StateRow& s) { return s.exact ? Json(s.exact->loss) : Json(); }, "{:.5f}"},
    {"excess", "above exact", [](const StateRow& s) { return s.exact ? Json(excess(s.worst(), *s.exact)) : Json(); },
     "{:+.4%}"},
    {"dimensions", "dimensions", [](const StateRow& s) { return s.first().dimensions; }, "{:.3f}"}};

struct CriticalRow {
  nn::CriticalPoint point{};
  nn::Signature signature{};
  std::int64_t ends = 0, lingered = 0;  // networks
};

const Table<CriticalRow> critical_table{
    {"polygon", "polygon", [](const CriticalRow& r) { return r.point.polygon.name(); }},
    {"loss", "loss", [](const CriticalRow& r) { return r.point.loss; }, "{:.5f}"},
    {"length", "length", [](const CriticalRow& r) { return r.point.length; }, "{:.4f}"},
    {"bias", "bias", [](const CriticalRow& r) { return r.point.bias; }, "{:.4f}"},
    {"gradient", "gradient", [](const CriticalRow& r) { return r.point.gradient; }, "{:.0e}"},
    {"rising", "rising", [](const CriticalRow& r) { return r.signature.positive; }},
    {"flat", "flat", [](const CriticalRow& r) { return r.signature.zero; }},
    {"falling", "falling", [](const CriticalRow& r) { return r.signature.negative; }},
    {"ends", "end there", &CriticalRow::ends},
    {"lingered", "lingered", &CriticalRow::lingered}};

std::vector<CriticalRow> critical_rows(const SuperpositionFindings& f) {
  std::vector<CriticalRow> rows;
  for (const nn::CriticalPoint& p : f.critical) {
    const auto here = [&](const SuperpositionNetwork& n) { return n.state.regular && n.state.polygon == p.polygon; };
    const auto near = [&](const Plateau& plateau) {
      const auto nearest = nearest_point(f.critical, plateau.loss);
      return nearest && nearest->polygon == p.polygon;
    };
    rows.push_back({.point = p,
                    .signature = nn::signature_of(nn::population_hessian(p.point)),
                    .ends = std::ranges::count_if(f.networks, here),
                    .lingered = std::ranges::count_if(f.networks, [&](const SuperpositionNetwork& n) {
                      return std::ranges::any_of(n.plateaus, near);
                    })});
  }
  return rows;
}

struct NetworkRow {
  const SuperpositionNetwork& network;
  std::optional<nn::CriticalPoint> exact;
  std::string lingered;
};

std::string lingered_text(const SuperpositionNetwork& n) {
  std::vector<std::string> parts;
  for (const Plateau& p : n.plateaus) parts.push_back(fmt::format("{:.5f} ({}–{})", p.loss, p.first, p.last));
  return fmt::format("{}", fmt::join(parts, ", "));
}

const Table<NetworkRow> networks_table{
    {"seed", "seed", [](const NetworkRow& r) { return r.network.start; }},
    {"state", "end state", [](const NetworkRow& r) { return r.network.state.name(); }},
    {"length", "mean length", [](const NetworkRow& r) { return r.network.state.length; }, "{:.3f}"},
    {"bias", "mean bias", [](const NetworkRow& r) { return r.network.state.bias; }, "{:.3f}"},
    {"loss", "loss", [](const NetworkRow& r) { return r.network.loss(); }, "{:.5f}"},
    {"excess", "above exact",
     [](const NetworkRow& r) { return r.exact ? Json(excess(r.network.loss(), *r.exact)) : Json(); }, "{:+.4%}"},
    {"lingered", "plateaus: loss (epochs)", &NetworkRow::lingered}};

const Table<Phase> phases_table{{"hidden", "hidden", &Phase::hidden},
                                {"sparsity", "sparsity", &Phase::sparsity, "{:g}"},
                                {"represented", "features represented", &Phase::represented},
                                {"dimensions", "hidden / ‖W‖²", &Phase::dimensions, "{:.3f}"},
                                {"loss", "training loss", &Phase::loss, "{:.2e}"}};

Json pictures_of(const std::vector<StateRow>& states) {
  Json pictures = Json::array();
  for (std::size_t i = 0; i < std::min(states.size(), shown_states); ++i)
    pictures.push_back({{"state", states[i].name},
                        {"seed", states[i].networks[0].start},
                        {"picture", fmt::format("state_{}", i)},
                        {"plane", states[i].networks[0].point.hidden() == 2}});
  return pictures;
}

void add_comparison(Json& results, const SuperpositionFindings& f, const std::vector<StateRow>& states) {
  results["compared"] = !f.critical.empty();
  if (f.critical.empty()) return;
  results["critical"] = critical_table.json(critical_rows(f));
  std::int64_t near = 0;
  for (const StateRow& s : states)
    near += std::ranges::count_if(s.networks, [&](const SuperpositionNetwork& n) {
      return s.exact && std::abs(excess(n.loss(), *s.exact)) <= exact_within;
    });
  results["near"] = near;
  results["all_near"] = near == std::ssize(f.networks);
}

}  // namespace

Json superposition_results(const SuperpositionFindings& f) {
  const std::vector<StateRow> states = states_of(f);
  std::vector<NetworkRow> rows;
  for (const SuperpositionNetwork& n : f.networks) rows.push_back({n, exact_of(f, n.state), lingered_text(n)});
  const std::vector<double> losses = values(f.networks, &SuperpositionNetwork::loss);
  Json results{{"features", f.task.network.features},
               {"hidden", f.task.network.hidden},
               {"data", f.task.data.source},
               {"one", f.task.law == nn::FeatureLaw::one},
               {"count", f.networks.size()},
               {"epochs", f.task.train.epochs},
               {"kinds", states.size()},
               {"commonest", states[0].name},
               {"commonest_count", states[0].networks.size()},
               {"lowest", std::ranges::min(losses)},
               {"within", exact_within},
               {"represented_length", represented_length},
               {"regular_within", regular_within},
               {"plateau_width", plateau_width},
               {"plateau_factor", plateau_factor},
               {"states", states_table.json(states)},
               {"pictures", pictures_of(states)},
               {"networks", networks_table.json(rows)},
               {"phase_features", f.phase_features},
               {"importance", f.importance},
               {"phases", phases_table.json(f.phases)}};
  add_comparison(results, f, states);
  return results;
}

}  // namespace basin::experiments
