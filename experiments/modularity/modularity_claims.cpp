#include <fmt/format.h>

#include "core/json_lines.h"
#include "experiments/cli/claim_table.h"
#include "experiments/modularity/modularity_findings.h"

namespace basin::experiments {
namespace {

using Fields = std::vector<std::pair<std::string, JsonValue>>;

void add_net(Fields& f, const MeasuredNet& m) {
  const Fields numbers{{"net", m.net},
                       {"epoch", m.epoch},
                       {"hidden", m.hidden},
                       {"parameters", m.whole.parameters},
                       {"train_loss", m.train_loss},
                       {"test_loss", m.test_loss},
                       {"dead", m.dead},
                       {"always_on", m.always_on},
                       {"rarely", m.rarely},
                       {"mostly", m.mostly},
                       {"rank", m.whole.rank.rank},
                       {"gap", m.whole.rank.gap},
                       {"beyond_rescaling", m.whole.beyond_rescaling()},
                       {"beyond_rescaling_without_dead", m.pruned.beyond_rescaling()},
                       {"largest_eigenvalue", m.whole.eigenvalues.front()},
                       {"modularity", m.Q},
                       {"z", m.z},
                       {"agreement", m.agreement}};
  f.insert(f.end(), numbers.begin(), numbers.end());
  for (double epsilon : modularity_epsilons) {
    const double cutoff = epsilon * m.whole.eigenvalues.front();
    f.emplace_back(fmt::format("above_{:g}", epsilon), m.whole.above(cutoff));
    f.emplace_back(fmt::format("n_eff_{:g}", epsilon), m.whole.soft(cutoff));
  }
}

Fields net_fields(const ModularitySpec& spec, const std::string& group, std::int64_t number) {
  return {{"size", spec.size()}, {"weight_decay", spec.training.weight_decay}, {"group", group}, {"number", number}};
}

struct Recorder {
  const ModularityStudy& study;
  ClaimTable& table;

  void add(const std::string& what, const std::string& measured, const std::string& how) {
    table.report(fmt::format("{}: {}", study.spec.title(), what), measured).because(how);
  }

  void degeneracy(const Pairs& pairs, const std::string& name) {
    const double epsilon = modularity_epsilons[table_epsilon];
    for (Control c : {Control::plain, Control::without_dead, Control::dead_and_on, Control::rarely_and_mostly,
                      Control::before_training}) {
      const Adjusted exact = degeneracy_effect(pairs, Count::exact, c, epsilon),
                     soft = degeneracy_effect(pairs, Count::n_eff, c, epsilon);
      if (exact.at_zero.count > 0)
        add(fmt::format("degeneracy, {}, {}", name, name_of(c)),
            fmt::format("exact {}, soft {}", text(exact.at_zero), text(soft.at_zero)),
            fmt::format("share of the parameters, mean difference over {} pairs at equal training loss, 95 % interval; "
                        "soft: N − N_eff at ε = {:g}",
                        exact.at_zero.count, epsilon));
    }
  }

  void comparison(Comparison c) {
    const Pairs pairs = pairs_of(study, c);
    const std::string name = name_of(c), n = fmt::format("{} pairs, 95 % interval", pairs.size());
    degeneracy(pairs, name);
    add("log test loss, " + name, text(effect_on(pairs, log_test_loss)), "mean difference over " + n);
    add("correlation of the differences of degeneracy and of log test loss, " + name, text(degeneracy_with_loss(pairs)),
        n + " by Fisher's z; negative: more degenerate generalises better");
    add("z of modules, " + name, text(effect_on(pairs, [](const MeasuredNet& m) { return m.z; }), 2),
        "against the null model, mean difference over " + n);
  }

  void starts() {
    for (const char* net : {"separable", "blocks"})
      add(fmt::format("correlation of degeneracy and log test loss over starts, {}", net),
          text(degeneracy_with_loss(study, net)),
          fmt::format("{} data sets, {} starts each at equal training loss, each data set's mean removed",
                      study.spec.data_sets, study.spec.starts));
    add("correlation of z of modules and degeneracy over dense networks", text(modules_with_degeneracy(study)),
        "networks on separable and on entangled tasks, each task's mean removed");
  }
};

}  // namespace

void write_modularity_nets(const std::string& path, const ModularityFindings& findings) {
  JsonLines lines(path, false);
  for (const ModularityStudy& study : findings.studies) {
    for (const ModularityPair& p : study.pairs)
      for (const MeasuredNet* net : {&p.first, &p.second}) {
        Fields f = net_fields(study.spec, short_name(p.comparison), p.number);
        add_net(f, *net);
        lines.write(f);
      }
    for (const StartNet& s : study.starts) {
      Fields f = net_fields(study.spec, fmt::format("starts/{}", s.data_set), s.start);
      add_net(f, s.net);
      lines.write(f);
    }
  }
}

std::vector<Claim> modularity_claims(const ModularityFindings& findings) {
  ClaimTable table("modularity");
  for (const ModularityStudy& study : findings.studies) {
    Recorder r{study, table};
    for (Comparison c : comparisons) r.comparison(c);
    r.starts();
  }
  return table.rows();
}

}  // namespace basin::experiments
