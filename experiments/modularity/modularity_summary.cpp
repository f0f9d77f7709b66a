// All comparisons in one table, and how many of them show something.
#include <fmt/format.h>

#include "experiments/modularity/modularity_findings.h"
#include "experiments/modularity/modularity_words.h"

namespace basin::experiments {
namespace {

Estimate controlled(const ModularityStudy& study, Comparison c, Count count, Control control = Control::dead_and_on) {
  return degeneracy_effect(pairs_of(study, c), count, control, modularity_epsilons[table_epsilon]).at_zero;
}

struct Shown {  // comparisons whose interval leaves out 0
  std::int64_t more = 0, less = 0, all = 0;
  void add(const Estimate& e) { ++all, more += e.low > 0, less += e.high < 0; }
  std::string words() const {
    return fmt::format("in {} of {} comparisons ({} more, {} less)", more + less, all, more, less);
  }
};

Shown shown(const ModularityFindings& findings, std::initializer_list<Comparison> which, Count count,
            Control control = Control::dead_and_on) {
  Shown s;
  for (const ModularityStudy& study : findings.studies)
    for (const Comparison c : which) s.add(controlled(study, c, count, control));
  return s;
}

// More degeneracy with a lower test loss, among dense and among block networks.
std::string over_starts(const ModularityFindings& findings) {
  std::int64_t lower = 0, higher = 0, all = 0;
  for (const ModularityStudy& study : findings.studies)
    for (const char* net : {"separable", "blocks"}) {
      const Correlation c = degeneracy_with_loss(study, net);
      ++all, lower += c.excludes_zero() && c.r < 0, higher += c.excludes_zero() && c.r > 0;
    }
  return fmt::format("more degeneracy goes with a lower test loss in {} of {} cases and with a higher one in {}", lower,
                     all, higher);
}

}  // namespace

std::string modularity_summary(const ModularityFindings& findings) {
  const auto modular = {Comparison::blocks, Comparison::task}, control = {Comparison::rotation},
             blocks = {Comparison::blocks};
  return fmt::format(
      "Networks that are modular, by their wiring or by their task, against matched ones that are not, at equal "
      "training "
      "loss and with rescalings, dead and always-on neurons controlled for. Exactly free directions differ {}. Below "
      "the "
      "soft cut-off ε = {:g} they differ {}; the wiring alone, before any training, {}. Where nothing can differ but "
      "chance they do {}. Among starts on the same data, at equal training loss, {}. No interval is corrected for the "
      "number of comparisons, and nothing was predicted.",
      shown(findings, modular, Count::exact).words(), modularity_epsilons[table_epsilon],
      shown(findings, modular, Count::n_eff).words(),
      shown(findings, blocks, Count::n_eff, Control::before_training).words(),
      shown(findings, control, Count::n_eff).words(), over_starts(findings));
}

std::vector<std::vector<std::string>> answer_rows(const ModularityFindings& findings) {
  std::vector<std::vector<std::string>> rows;
  for (const ModularityStudy& study : findings.studies)
    for (const Comparison c : comparisons) {
      const Estimate exact = controlled(study, c, Count::exact), soft = controlled(study, c, Count::n_eff);
      rows.push_back({study.spec.title() + ": " + name_of(c), text(controlled(study, c, Count::exact, Control::plain)),
                      text(exact), reading(exact), text(soft), reading(soft),
                      text(effect_on(pairs_of(study, c), log_test_loss))});
    }
  return rows;
}

}  // namespace basin::experiments
