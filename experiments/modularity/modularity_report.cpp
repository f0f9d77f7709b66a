#include <fmt/format.h>

#include <algorithm>

#include "core/file.h"
#include "experiments/modularity/modularity_findings.h"
#include "experiments/modularity/modularity_words.h"
#include "experiments/report/report.h"
#include "experiments/shared/claim_rows.h"

namespace basin::experiments {
namespace {

std::string four(double value) { return fmt::format("{:.4f}", value); }

struct Page {
  report::Report& r;
  const ModularityStudy& study;
  const std::string& figures;
  ModularityWords words{study};

  void figure(const std::string& name, const std::string& caption) const {
    r.figure(read_file(fmt::format("{}/{}_{}.svg", figures, figure_prefix(study.spec), name)), caption);
  }

  void matching() const {
    r.paragraph(words.matching());
    std::vector<std::vector<std::string>> rows;
    for (Comparison c : comparisons) {
      const Pairs pairs = pairs_of(study, c);
      for (auto member : {&ModularityPair::first, &ModularityPair::second}) {
        const auto mean = [&](auto value) { return mean_over(pairs, member, value); };
        const auto share = [&](double MeasuredNet::*value) {
          return fmt::format("{:.1f} %", 100 * mean([&](const MeasuredNet& m) { return m.*value; }));
        };
        rows.push_back({name_of(c), (pairs.front().*member).net, fmt::format("{}", (pairs.front().*member).hidden),
                        fmt::format("{:.0f}", mean([](const MeasuredNet& m) { return double(m.epoch); })),
                        four(mean([](const MeasuredNet& m) { return m.train_loss; })),
                        four(mean([](const MeasuredNet& m) { return m.test_loss; })), share(&MeasuredNet::dead),
                        share(&MeasuredNet::always_on), share(&MeasuredNet::rarely), share(&MeasuredNet::mostly)});
      }
    }
    r.table({"comparison", "network", "hidden", "epoch", "training loss", "test loss", "dead", "always on", "< 5 %",
             "> 95 %"},
            rows,
            fmt::format("Means over {} pairs. Test targets carry no noise; training targets carry {:g}, whose square "
                        "belongs to the training loss alone.",
                        study.spec.pairs, study.spec.noise));
  }

  void degeneracy(Comparison c) const {
    const Pairs pairs = pairs_of(study, c);
    std::vector<std::vector<std::string>> rows;
    for (Control control : controls) {
      std::vector<std::string> row{name_of(control)};
      std::int64_t count = 0;
      for (Count of : {Count::exact, Count::n_eff, Count::above}) {
        const Adjusted a = degeneracy_effect(pairs, of, control, modularity_epsilons[table_epsilon]);
        row.push_back(control == Control::common_cutoff && of == Count::exact ? "" : text(a.at_zero));
        count = a.at_zero.count;
      }
      if (count == 0) continue;
      row.push_back(fmt::format("{}", count));
      rows.push_back(std::move(row));
    }
    r.table({name_of(c), name_of(Count::exact), name_of(Count::n_eff), name_of(Count::above), "pairs"}, rows,
            fmt::format("Differences of degeneracy as a share of N, with 95 % intervals; ε = {:g}.",
                        modularity_epsilons[table_epsilon]));
    figure(short_name(c), name_of(c) + ": the soft count over the cut-off ε.");
  }

  void generalisation() const {
    std::vector<std::vector<std::string>> rows;
    for (Comparison c : comparisons) {
      const Pairs pairs = pairs_of(study, c);
      rows.push_back({name_of(c), text(effect_on(pairs, log_test_loss)), text(degeneracy_with_loss(pairs)),
                      fmt::format("{}", pairs.size())});
    }
    for (const char* net : {"separable", "blocks"})
      rows.push_back({fmt::format("starts, {}", net), "", text(degeneracy_with_loss(study, net)),
                      fmt::format("{} × {}", study.spec.data_sets, study.spec.starts)});
    r.paragraph(words.generalisation());
    r.table({"networks", "difference of log test loss", "correlation with degeneracy", "number"}, rows,
            "Correlations of log test loss with the soft count's degeneracy beyond rescalings, no dead neurons. A "
            "negative one says that more degenerate networks generalise further.");
    figure("losses", "Each point is a pair at equal training loss.");
  }

  void write() const {
    r.section(study.spec.title() + ": pairs");
    matching();
    r.section(study.spec.title() + ": degeneracy")
        .paragraph(words.plain())
        .paragraph(words.controls())
        .paragraph(words.gaps());
    for (Comparison c : comparisons) degeneracy(c);
    r.section(study.spec.title() + ": generalisation");
    generalisation();
    r.section(study.spec.title() + ": modules").paragraph(words.modules());
    figure("modules", "z of each network; beside it the mean over pairs with its 95 % interval.");
  }
};

constexpr const char* what_was_done =
    "Separable tasks are independent random functions, each from its own block of inputs to its own block of outputs. "
    "Entangled tasks have the same inputs and targets of the same size, but every output depends on every input. "
    "The rotated task is the separable one with inputs and outputs turned by random rotations: training from a normal "
    "start by gradient descent does not notice, so it must show no difference in degeneracy, and it has no modules in "
    "its coordinates. Block networks are separate small ones whose parameters number exactly as many as the dense "
    "network's. Degeneracy is measured on the Jacobian of the outputs on one sample of inputs, the same for all.";

}  // namespace

void write_modularity_report(const ModularityFindings& findings, const std::vector<Claim>& claims,
                             const std::string& figures, const std::string& path) {
  report::Report r("Are modular networks more degenerate?", "basin: matched pairs at equal training loss");
  r.summary(modularity_summary(findings));
  r.section("What was compared").paragraph(what_was_done);
  r.section("Answers").table(
      {"comparison", "exact, as it stands", "exact, controlled", "which says", "soft, controlled", "which says",
       "log test loss"},
      answer_rows(findings),
      fmt::format(
          "First minus second, as a share of N, with 95 % intervals. Exact: N − rank J. Soft: N − N_eff(ε) at ε "
          "= {:g}. Controlled: beyond rescalings and at equal shares of dead and of always-on neurons.",
          modularity_epsilons[table_epsilon]));
  for (const ModularityStudy& study : findings.studies) Page{r, study, figures}.write();
  r.section("As recorded").claims(claim_rows(claims));
  r.section("Again").paragraph("Everything above comes from one command.").code(findings.command);
  r.save(path);
}

}  // namespace basin::experiments
