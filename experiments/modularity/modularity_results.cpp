#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/modularity/modularity_findings.h"
#include "experiments/shared/intervals.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using report::Json;
using report::Table;

constexpr double MeasuredNet::*shown_numbers[]{&MeasuredNet::train_loss, &MeasuredNet::test_loss, &MeasuredNet::dead,
                                               &MeasuredNet::always_on,  &MeasuredNet::rarely,    &MeasuredNet::mostly,
                                               &MeasuredNet::agreement};

const Table<MeasuredNet> net_table{{"net", "network", &MeasuredNet::net},
                                   {"hidden", "hidden", &MeasuredNet::hidden},
                                   {"epoch", "epoch", &MeasuredNet::epoch},
                                   {"train_loss", "training loss", &MeasuredNet::train_loss, "{:.4f}"},
                                   {"test_loss", "test loss", &MeasuredNet::test_loss, "{:.4f}"},
                                   {"dead", "dead", &MeasuredNet::dead, "{:.1%}"},
                                   {"always_on", "always on", &MeasuredNet::always_on, "{:.1%}"},
                                   {"rarely", "< 5 %", &MeasuredNet::rarely, "{:.1%}"},
                                   {"mostly", "> 95 %", &MeasuredNet::mostly, "{:.1%}"}};

// What the file has beside it.
Table<MeasuredNet> whole_net_table() {
  Table<MeasuredNet> all = net_table;
  const auto add = [&](const std::string& key, auto value) { all.add({key, key, value}); };
  add("parameters", [](const MeasuredNet& m) { return m.whole.parameters; });
  add("rank", [](const MeasuredNet& m) { return m.whole.rank.rank; });
  add("gap", [](const MeasuredNet& m) { return m.whole.rank.gap; });
  add("beyond_rescaling", [](const MeasuredNet& m) { return m.whole.beyond_rescaling(); });
  add("beyond_rescaling_without_dead", [](const MeasuredNet& m) { return m.pruned.beyond_rescaling(); });
  add("largest_eigenvalue", [](const MeasuredNet& m) { return m.whole.eigenvalues.front(); });
  add("modularity", &MeasuredNet::Q);
  add("z", &MeasuredNet::z);
  add("agreement", &MeasuredNet::agreement);
  for (const double epsilon : modularity_epsilons) {
    const auto at = [epsilon](const MeasuredNet& m) { return m.whole.at(epsilon * m.whole.eigenvalues.front()); };
    add(fmt::format("above_{:g}", epsilon), [at](const MeasuredNet& m) { return at(m).count; });
    add(fmt::format("n_eff_{:g}", epsilon), [at](const MeasuredNet& m) { return at(m).soft_count; });
  }
  return all;
}

auto field(const char* key) {
  return [key](const Json& row) { return row[key]; };
}
// The text of an interval; nothing where there is none.
auto text(const char* key) {
  return [key](const Json& row) { return row.contains(key) ? row[key]["text"] : Json(""); };
}
auto effect(const Control& control, const char* key) {
  return [&control, key](const Json& row) { return row["effects"][control.key][key]["text"]; };
}
auto reading(const char* key) {
  return [key](const Json& row) {
    const Json& interval = row["effects"][control::dead_and_on.key][key];
    return interval["more"].get<bool>()   ? "the first is more degenerate"
           : interval["less"].get<bool>() ? "the first is less degenerate"
                                          : "no difference is shown";
  };
}

const Table<Json> generalisation_table{{"networks", "networks", field("name")},
                                       {"log_test_loss", "difference of log test loss", text("log_test_loss")},
                                       {"with_loss", "correlation with degeneracy", text("with_loss")},
                                       {"number", "number", field("number")}};

const Table<Json> modules_table{{"comparison", "comparison", field("name")},
                                {"first", "z of the first", text("first_z")},
                                {"second", "z of the second", text("second_z")},
                                {"z", "difference of z", text("z")},
                                {"pairs", "pairs", field("number")}};

// How equal the training losses of pairs are: e^|log ratio| - 1, its mean over comparisons and pairs, and the largest.
Json loss_match(const ModularityStudy& study) {
  double mean = 0, largest = 0;
  for (const Comparison c : comparisons)
    for (const ModularityPair& p : contrast(study, c).pairs) {
      const double off = std::abs(std::log(p.first.train_loss / p.second.train_loss));
      mean += off / double(study.pairs.size());
      largest = worse(largest, off);
    }
  return {{"mean", std::expm1(mean)}, {"largest", std::expm1(largest)}};
}

// By control: its name, the differences of degeneracy, exact, soft and below ε, and how many pairs it looks at.
Json effects(const Contrast& c) {
  Json all = Json::object();
  for (const Control* control : control::all) {
    const auto of = [&](Counted counted) { return interval(c.degeneracy(counted, *control)); };
    Json& one = all[control->key] = {{"name", control->name}};
    if (!control->common_cutoff) one["exact"] = of(Counted::exact);  // that knows no cut-off
    one["soft"] = of(Counted::n_eff);
    one["below"] = of(Counted::above);
    one["pairs"] = one["soft"]["count"];
  }
  return all;
}

Estimate mean_z(const Contrast& c, MeasuredNet ModularityPair::*member) {
  return estimate(where(values(c.pairs, [&](const ModularityPair& p) { return (p.*member).z; }),
                        [](double z) { return std::isfinite(z); }));
}

Json comparison(const ModularitySpec& spec, const Contrast& c) {
  const std::string name = name_of(c.comparison);
  Json one{{"title", spec.title() + ": " + name},
           {"name", name},
           {"figure", figure_prefix(spec) + "_" + short_name(c.comparison)},
           {"number", c.pairs.size()},
           {"effects", effects(c)},
           {"log_test_loss", interval(c.effect(log_test_loss))},
           {"with_loss", interval(c.degeneracy_with_loss())},
           {"better", c.more_degenerate_is_better()},
           {"z", interval(c.effect(&MeasuredNet::z), 2)},
           {"first_z", interval(mean_z(c, &ModularityPair::first), 2)},
           {"second_z", interval(mean_z(c, &ModularityPair::second), 2)}};
  const Table<Json> table{{"control", name, field("name")},
                          {"exact", "exact, N − rank J", text("exact")},
                          {"soft", "soft, N − N_eff(ε)", text("soft")},
                          {"below", "below ε", text("below")},
                          {"pairs", "pairs", field("pairs")}};
  one["table"] = table.json(where(one["effects"], [](const Json& effect) { return effect["pairs"] > 0; }));
  return one;
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
  const auto unclear = [](const ModularityPair& p) {
    return !(p.first.whole.rank.gap > 1e4) + !(p.second.whole.rank.gap > 1e4);
  };
  return {{"networks", 2 * study.pairs.size()}, {"unclear", total(study.pairs, unclear)}};
}

Json study_results(const ModularityStudy& study) {
  const ModularitySpec& spec = study.spec;
  std::vector<MeasuredNet> means;
  Json list = Json::array();
  for (const Comparison c : comparisons) {
    const Contrast pairs = contrast(study, c);
    list.push_back(comparison(spec, pairs));
    for (const auto member : {&ModularityPair::first, &ModularityPair::second})
      means.push_back(mean_net(pairs, member));
  }
  const MeasuredNet &blocks = means[4], &dense = means[5];  // of the last comparison
  // What separate modules have and a dense network of equal N has not, whatever they compute.
  const std::int64_t rescalings = blocks.hidden - dense.hidden;
  const Json matching = net_table.json(means), over_starts = starts(study);
  std::vector<Json> generalisation(list.begin(), list.end());
  generalisation.insert(generalisation.end(), over_starts.begin(), over_starts.end());
  const std::string prefix = figure_prefix(spec);
  return {{"title", spec.title()},
          {"size", spec.size()},
          {"weight_decay", spec.training.weight_decay},
          {"epochs", spec.training.epochs},
          {"pairs", spec.pairs},
          {"noise", spec.noise},
          {"loss_match", loss_match(study)},
          {"matching", matching},
          {"wiring",
           {{"blocks", matching["rows"][4]},
            {"dense", matching["rows"][5]},
            {"rescalings", rescalings},
            {"share", double(rescalings) / double(spec.parameters())},
            {"effects", list[2]["effects"]}}},
          {"gaps", gaps(study)},
          {"comparisons", list},
          {"starts", over_starts},
          {"generalisation", generalisation_table.json(generalisation)},
          {"modules", {{"task", list[0]["z"]}, {"rotation", list[1]["z"]}}},
          {"z", modules_table.json(list)},
          {"agreement", {{"blocks", blocks.agreement}, {"dense", dense.agreement}}},
          {"z_with_degeneracy", interval(modules_with_degeneracy(study))},
          {"losses_figure", prefix + "_losses"},
          {"modules_figure", prefix + "_modules"}};
}

// How many of some intervals leave out 0, and on which side.
Json shown_in(const std::vector<Json>& intervals) {
  const auto count = [&](const char* side) {
    return std::ranges::count_if(intervals, [&](const Json& interval) { return interval[side].get<bool>(); });
  };
  const auto more = count("more"), less = count("less");
  return {{"differ", more + less}, {"all", intervals.size()}, {"more", more}, {"less", less}};
}

// Over all studies, at equal shares of dead and always-on neurons.
Json shown(const Json& studies) {
  std::vector<Json> exact, soft, wired, chance, over_starts;
  for (const Json& study : studies) {
    const auto effect = [&](Comparison c, const Control& control, const char* key) {
      return study["comparisons"][std::size_t(c)]["effects"][control.key][key];
    };
    for (const Comparison c : {Comparison::task, Comparison::blocks}) {
      exact.push_back(effect(c, control::dead_and_on, "exact"));
      soft.push_back(effect(c, control::dead_and_on, "soft"));
    }
    wired.push_back(effect(Comparison::blocks, control::before_training, "soft"));
    chance.push_back(effect(Comparison::rotation, control::dead_and_on, "soft"));
    for (const Json& nets : study["starts"]) over_starts.push_back(nets["with_loss"]);
  }
  return {{"exact", shown_in(exact)},
          {"soft", shown_in(soft)},
          {"wiring", shown_in(wired)},
          {"chance", shown_in(chance)},
          {"starts", shown_in(over_starts)}};
}

}  // namespace

MeasuredNet mean_net(const Contrast& contrast, MeasuredNet ModularityPair::*member) {
  const std::vector<MeasuredNet> nets = values(contrast.pairs, member);
  MeasuredNet mean;
  mean.net = name_of(contrast.comparison) + ": " + nets.front().net;
  mean.hidden = nets.front().hidden;
  for (const MeasuredNet& net : nets)
    for (const auto number : shown_numbers) mean.*number += net.*number / double(nets.size());
  mean.epoch = std::llround(double(total(nets, &MeasuredNet::epoch)) / double(nets.size()));
  return mean;
}

Json answers_table(const Json& list) {
  static const Table<Json> table{{"comparison", "comparison", field("title")},
                                 {"plain", "exact, as it stands", effect(control::plain, "exact")},
                                 {"exact", "exact, controlled", effect(control::dead_and_on, "exact")},
                                 {"exact_says", "which says", reading("exact")},
                                 {"soft", "soft, controlled", effect(control::dead_and_on, "soft")},
                                 {"soft_says", "which says", reading("soft")},
                                 {"log_test_loss", "log test loss", text("log_test_loss")}};
  return table.json(list);
}

Json modularity_results(const ModularityStudies& studies) {
  Json list = Json::array(), all = Json::array();
  for (const ModularityStudy& study : studies) {
    list.push_back(study_results(study));
    for (const Json& c : list.back()["comparisons"]) all.push_back(c);
  }
  return {{"epsilon", table_epsilon}, {"shown", shown(list)}, {"answers", answers_table(all)}, {"studies", list}};
}

std::string modularity_nets(const ModularityStudies& studies) {
  const Table<MeasuredNet> columns = whole_net_table();
  std::string lines;
  for (const ModularityStudy& study : studies) {
    const auto add = [&](const std::string& group, std::int64_t number, const MeasuredNet& net) {
      Json line{{"size", study.spec.size()},
                {"weight_decay", study.spec.training.weight_decay},
                {"group", group},
                {"number", number}};
      line.update(columns.json(std::vector{net})["rows"][0]);
      lines += line.dump() + "\n";
    };
    for (const ModularityPair& p : study.pairs)
      for (const MeasuredNet* net : {&p.first, &p.second}) add(short_name(p.comparison), p.number, *net);
    for (const StartNet& s : study.starts) add(fmt::format("starts/{}", s.data_set), s.start, s.net);
  }
  return lines;
}

}  // namespace basin::experiments
