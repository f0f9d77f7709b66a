#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/modularity/modularity_findings.h"
#include "experiments/modularity/modularity_tables.h"
#include "experiments/shared/intervals.h"

namespace basin::experiments {
namespace {

using report::Json;
using report::Table;

constexpr auto first = &ModularityPair::first, second = &ModularityPair::second;

// How equal the training losses of pairs are: e^|log ratio| - 1, its mean over comparisons and pairs, and the largest.
Json loss_match(const std::vector<Contrast>& contrasts) {
  double mean = 0, largest = 0;
  for (const Contrast& c : contrasts)
    for (const ModularityPair& p : c.pairs) {
      const double off = std::abs(std::log(p.first.train_loss / p.second.train_loss));
      mean += off / double(c.pairs.size() * contrasts.size());
      largest = worse(largest, off);
    }
  return {{"mean", std::expm1(mean)}, {"largest", std::expm1(largest)}};
}

// By control: its name, the differences of degeneracy, exact, soft and below ε, and how many pairs it looks at.
Json effects(const Contrast& c) {
  Json all = Json::object();
  for (const Control control : controls) {
    const auto of = [&](Count count) { return interval(c.degeneracy(count, control).at_zero); };
    Json& one = all[key_of(control)] = {{"name", name_of(control)}};
    if (control != Control::common_cutoff) one["exact"] = of(Count::exact);  // that knows no cut-off
    one["soft"] = of(Count::n_eff);
    one["below"] = of(Count::above);
    one["pairs"] = one["soft"]["count"];
  }
  return all;
}

Json comparison(const ModularitySpec& spec, const Contrast& c) {
  Json one{{"title", spec.title() + ": " + name_of(c.comparison)},
           {"name", name_of(c.comparison)},
           {"figure", figure_prefix(spec) + "_" + short_name(c.comparison)},
           {"number", c.pairs.size()},
           {"effects", effects(c)},
           {"log_test_loss", interval(c.effect(log_test_loss))},
           {"with_loss", interval(c.degeneracy_with_loss())},
           {"better", c.more_degenerate_is_better()},
           {"z", interval(c.effect([](const MeasuredNet& m) { return m.z; }), 2)}};
  one["table"] = effects_table(one["name"], one["effects"]);
  return one;
}

// What separate modules have and a dense network of equal N has not, whatever they compute.
Json wiring(const Contrast& blocks) {
  const MeasuredNet modular = mean_net(blocks, first), dense = mean_net(blocks, second);
  const std::int64_t rescalings = modular.hidden - dense.hidden;
  return {{"blocks", shown_of_net(modular)},
          {"dense", shown_of_net(dense)},
          {"rescalings", rescalings},
          {"share", double(rescalings) / double(blocks.pairs.front().first.whole.parameters)},
          {"effects", effects(blocks)}};
}

// Correlations of degeneracy and log test loss over starts on the same data.
Json starts(const ModularityStudy& study) {
  Json all = Json::object();
  for (const auto& [key, net] : {std::pair("dense", "separable"), std::pair("blocks", "blocks")})
    all[key] = {{"name", fmt::format("starts, {}", net)},
                {"with_loss", interval(degeneracy_with_loss(study, net))},
                {"number", fmt::format("{} × {}", study.spec.data_sets, study.spec.starts)}};
  return all;
}

// Networks whose exact count depends on the tolerance.
Json gaps(const ModularityStudy& study) {
  std::int64_t nets = 0, unclear = 0;
  for (const ModularityPair& p : study.pairs)
    for (const MeasuredNet* net : {&p.first, &p.second}) ++nets, unclear += !(net->whole.rank.gap > 1e4);
  return {{"networks", nets}, {"unclear", unclear}};
}

Json study_results(const ModularityStudy& study) {
  const ModularitySpec& spec = study.spec;
  std::vector<Contrast> contrasts;
  std::vector<MeasuredNet> means;
  Json list = Json::array();
  for (const Comparison c : comparisons) {
    contrasts.push_back(contrast(study, c));
    list.push_back(comparison(spec, contrasts.back()));
    for (const auto member : {first, second}) means.push_back(mean_net(contrasts.back(), member));
  }
  const Contrast& blocks = contrasts.back();
  const std::string prefix = figure_prefix(spec);
  return {{"title", spec.title()},
          {"size", spec.size()},
          {"weight_decay", spec.training.weight_decay},
          {"epochs", spec.training.epochs},
          {"pairs", spec.pairs},
          {"noise", spec.noise},
          {"loss_match", loss_match(contrasts)},
          {"matching", matching_table(means)},
          {"wiring", wiring(blocks)},
          {"gaps", gaps(study)},
          {"comparisons", list},
          {"starts", starts(study)},
          {"generalisation", generalisation_table(list, starts(study))},
          {"modules", {{"task", list[0]["z"]}, {"rotation", list[1]["z"]}}},
          {"z", modules_table(list)},
          {"agreement", {{"blocks", mean_net(blocks, first).agreement}, {"dense", mean_net(blocks, second).agreement}}},
          {"z_with_degeneracy", interval(modules_with_degeneracy(study))},
          {"losses_figure", prefix + "_losses"},
          {"modules_figure", prefix + "_modules"}};
}

// How many of some intervals leave out 0, and on which side.
struct Shown {
  std::int64_t more = 0, less = 0, all = 0;
  void add(const Json& interval) { ++all, more += interval["more"].get<bool>(), less += interval["less"].get<bool>(); }
  Json json() const { return {{"differ", more + less}, {"all", all}, {"more", more}, {"less", less}}; }
};

// Over all studies, at equal shares of dead and always-on neurons.
Json shown(const Json& studies) {
  Shown exact, soft, wired, chance, over_starts;
  for (const Json& study : studies) {
    for (const Comparison c : comparisons) {
      const Json& effects = study["comparisons"][std::size_t(c)]["effects"];
      const Json& controlled = effects[key_of(Control::dead_and_on)];
      if (c == Comparison::rotation) chance.add(controlled["soft"]);
      if (c == Comparison::rotation) continue;
      exact.add(controlled["exact"]), soft.add(controlled["soft"]);
      if (c == Comparison::blocks) wired.add(effects[key_of(Control::before_training)]["soft"]);
    }
    for (const Json& nets : study["starts"]) over_starts.add(nets["with_loss"]);
  }
  return {{"exact", exact.json()},
          {"soft", soft.json()},
          {"wiring", wired.json()},
          {"chance", chance.json()},
          {"starts", over_starts.json()}};
}

}  // namespace

Json modularity_results(const ModularityStudies& studies) {
  Json list = Json::array(), all = Json::array();
  for (const ModularityStudy& study : studies) {
    list.push_back(study_results(study));
    for (const Json& c : list.back()["comparisons"]) all.push_back(c);
  }
  return {{"epsilon", table_epsilon}, {"shown", shown(list)}, {"answers", answers_table(all)}, {"studies", list}};
}

}  // namespace basin::experiments
