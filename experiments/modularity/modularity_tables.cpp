#include "experiments/modularity/modularity_tables.h"

#include <fmt/format.h>

#include <cmath>

#include "experiments/modularity/modularity_findings.h"

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
    const auto cutoff = [epsilon](const MeasuredNet& m) { return epsilon * m.whole.eigenvalues.front(); };
    add(fmt::format("above_{:g}", epsilon), [cutoff](const MeasuredNet& m) { return m.whole.above(cutoff(m)); });
    add(fmt::format("n_eff_{:g}", epsilon), [cutoff](const MeasuredNet& m) { return m.whole.soft(cutoff(m)); });
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
auto reading(const char* key) {
  return [key](const Json& row) {
    const Json& interval = row["effects"][key_of(Control::dead_and_on)][key];
    return interval["more"].get<bool>()   ? "the first is more degenerate"
           : interval["less"].get<bool>() ? "the first is less degenerate"
                                          : "no difference is shown";
  };
}
auto effect(Control control, const char* key) {
  return [control, key](const Json& row) { return row["effects"][key_of(control)][key]["text"]; };
}

}  // namespace

MeasuredNet mean_net(const Contrast& contrast, MeasuredNet ModularityPair::*member) {
  const MeasuredNet& one = contrast.pairs.front().*member;
  MeasuredNet mean{.net = name_of(contrast.comparison) + ": " + one.net, .hidden = one.hidden};
  const double pairs = double(contrast.pairs.size());
  double epochs = 0;
  for (const ModularityPair& p : contrast.pairs) {
    epochs += double((p.*member).epoch);
    for (const auto number : shown_numbers) mean.*number += (p.*member).*number / pairs;
  }
  mean.epoch = std::llround(epochs / pairs);
  return mean;
}

Json shown_of_net(const MeasuredNet& net) { return net_table.json(std::vector{net})["rows"][0]; }

Json matching_table(const std::vector<MeasuredNet>& nets) { return net_table.json(nets); }

Json effects_table(const std::string& comparison, const Json& effects) {
  const Table<Json> table{{"control", comparison, field("name")},
                          {"exact", "exact, N − rank J", text("exact")},
                          {"soft", "soft, N − N_eff(ε)", text("soft")},
                          {"below", "below ε", text("below")},
                          {"pairs", "pairs", field("pairs")}};
  std::vector<Json> rows;
  for (const Json& control : effects)
    if (control["pairs"] > 0) rows.push_back(control);
  return table.json(rows);
}

Json answers_table(const Json& list) {
  static const Table<Json> table{{"comparison", "comparison", field("title")},
                                 {"plain", "exact, as it stands", effect(Control::plain, "exact")},
                                 {"exact", "exact, controlled", effect(Control::dead_and_on, "exact")},
                                 {"exact_says", "which says", reading("exact")},
                                 {"soft", "soft, controlled", effect(Control::dead_and_on, "soft")},
                                 {"soft_says", "which says", reading("soft")},
                                 {"log_test_loss", "log test loss", text("log_test_loss")}};
  return table.json(list);
}

Json generalisation_table(const Json& list, const Json& starts) {
  static const Table<Json> table{{"networks", "networks", field("name")},
                                 {"log_test_loss", "difference of log test loss", text("log_test_loss")},
                                 {"with_loss", "correlation with degeneracy", text("with_loss")},
                                 {"number", "number", field("number")}};
  std::vector<Json> rows(list.begin(), list.end());
  rows.insert(rows.end(), starts.begin(), starts.end());
  return table.json(rows);
}

Json modules_table(const Json& list) {
  static const Table<Json> table{{"comparison", "comparison", field("name")},
                                 {"z", "difference of z", text("z")},
                                 {"pairs", "pairs", field("number")}};
  return table.json(list);
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
