#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/file.h"
#include "experiments/kinds/kinds_findings.h"
#include "experiments/kinds/kinds_pictures.h"
#include "experiments/report/report.h"
#include "experiments/shared/claim_rows.h"

namespace basin::experiments {
namespace {

std::string mean(double value) { return fmt::format("{:.1f}", value); }

struct Words {  // the findings, said
  const KindsFindings& f;
  std::vector<FamilySummary> families = family_summaries(f.planted);

  int total(int FamilySummary::*count) const {
    int sum = 0;
    for (const FamilySummary& family : families) sum += family.*count;
    return sum;
  }
  int untouched() const {
    int sum = 0;
    for (const UntouchedRow& row : f.untouched) sum += row.nets;
    return sum;
  }
  int violated() const {
    int sum = total(&FamilySummary::violations);
    for (const UntouchedRow& row : f.untouched) sum += row.violations;
    return sum;
  }
  const FamilySummary& most(double FamilySummary::*value) const {
    return *std::ranges::max_element(families, {}, [&](const FamilySummary& s) { return s.*value; });
  }

  std::string summary() const {
    return fmt::format(
        "In {} planted and {} untouched random ReLU networks the number of free directions was measured as N − rank J "
        "and compared with what low ranks of activations and gradients, neurons that fire together and conditional low "
        "ranks explain. {} Of the planted ones, the combined bound (*) is exact in {}, the conditional bound in {}.",
        f.planted.size(), untouched(), violations(), total(&FamilySummary::tight),
        total(&FamilySummary::tight_with_conditional));
  }

  std::string violations() const {
    if (violated() == 0) return "No bound was ever above the truth.";
    return fmt::format("In {} a bound was ABOVE the truth.", violated());
  }

  std::string kinds() const {
    const FamilySummary &low = most(&FamilySummary::low_rank), &gauge = most(&FamilySummary::gauge);
    return fmt::format(
        "Every hidden layer is a random mixture of synchronised, always-on and dead neurons, of low ranks in what they "
        "read and in who reads them, and hardly any network was turned away. Low ranks free most at {} ({} directions "
        "on average), moves within blocks that fire together most at {} ({}); the rescaling that every neuron has is "
        "counted with the blocks.",
        low.name, mean(low.low_rank), gauge.name, mean(gauge.gauge));
  }

  std::string bounds() const {
    const int naive = total(&FamilySummary::naive_too_large);
    return fmt::format(
        "A point on the dashed line is a network in which a formula gives the measured number. Bound (*) removes the "
        "overlap of the kinds and stays below the line; the naive sum does not, and is too large in {} of {} networks.",
        naive, f.planted.size());
  }

  std::string slack() const {
    double all = 0, conditional = 0;
    for (const KindCounts& n : f.planted) all += double(n.slack()), conditional += double(n.conditional());
    if (all == 0) return "Bound (*) leaves nothing in any of these networks.";
    const FamilySummary& worst = most(&FamilySummary::unexplained);
    const std::string where =
        worst.unexplained == 0
            ? "nothing is left."
            : fmt::format("what is left is most at {}, {:.2f} directions a network.", worst.name, worst.unexplained);
    return fmt::format(
        "Bound (*) leaves {:.0f} free directions of the planted networks. Inputs that are of low rank just where a "
        "neuron fires explain {:.0f} of them ({:.1f} %); {} Neither bound sees patterns that complement each other or "
        "are nested.",
        all, conditional, 100 * conditional / all, where);
  }

  std::string random() const {
    double beyond = 0, explained = 0, conditional = 0, nets = 0;
    for (const UntouchedRow& row : f.untouched) {
      nets += row.nets, beyond += row.nets * row.beyond_rescaling;
      explained += row.nets * row.explained, conditional += row.nets * row.conditional;
    }
    if (beyond <= 0)
      return "None of these networks has more free directions than one rescaling for each hidden neuron.";
    return fmt::format(
        "Nothing was planted here: He weights, random biases, 1000 normal inputs. Beyond one rescaling for each hidden "
        "neuron a network has {:.1f} free directions on average. Bound (*) explains {:.0f} % of them, conditional low "
        "ranks {:.0f} % more, and {:.1f} % are left.",
        beyond / nets, 100 * explained / beyond, 100 * conditional / beyond,
        100 * (beyond - explained - conditional) / beyond);
  }
};

void add_table(report::Report& r, const Words& w) {
  std::vector<std::vector<std::string>> rows;
  for (const FamilySummary& s : w.families)
    rows.push_back({s.name, fmt::format("{}", s.nets), mean(s.parameters), mean(s.free), mean(s.low_rank),
                    mean(s.gauge), mean(s.conditional), fmt::format("{:.2f}", s.unexplained),
                    fmt::format("{}", s.tight), fmt::format("{}", s.naive_too_large)});
  r.table(
      {"hidden layers", "networks", "N", "free", "low ranks", "blocks", "conditional", "not explained", "(*) exact",
       "naive over"},
      rows,
      "Free directions are means over the networks. The last columns count the networks where (*) is exact and where "
      "the naive sum is above the truth.");
}

void add_untouched(report::Report& r, const Words& w, const std::string& figures) {
  r.section("Untouched random networks").paragraph(w.random());
  r.figure(read_file(figures + "/untouched_networks.svg"),
           "Free directions beyond one rescaling for each hidden neuron, by what explains them.");
  std::vector<std::vector<std::string>> rows;
  for (const UntouchedRow& u : w.f.untouched)
    rows.push_back({fmt::format("{}", fmt::join(u.widths, "-")), fmt::format("{}", u.nets),
                    fmt::format("{}", u.parameters), mean(u.beyond_rescaling), mean(u.explained), mean(u.conditional),
                    fmt::format("{:.2f}", u.unexplained), fmt::format("{:.1e}", u.smallest_gap)});
  r.table({"widths", "networks", "N", "beyond rescaling", "by (*)", "by conditional ranks", "not explained",
           "smallest gap of J"},
          rows, "Means over the networks. A small gap means that a rank depends on the tolerance.");
}

void add_pictures(report::Report& r, const std::string& figures) {
  r.section("What each kind looks like")
      .paragraph(
          "One small planted network for each kind, the same in every run. Singular values are relative to the "
          "largest; "
          "what is below 1e-12 is rounding and drawn there.");
  for (const KindPicture& picture : kind_pictures())
    r.figure(read_file(figures + "/" + picture.name + ".svg"), picture.sentence);
}

void add_claims(report::Report& r, const Words& w) {
  r.section("Claims").paragraph(claims_summary(w.f.claims) + ".").claims(claim_rows(w.f.claims));
}

}  // namespace

std::string kinds_summary(const KindsFindings& findings) { return Words{findings}.summary(); }

void write_kinds_report(const KindsFindings& findings, const std::string& figures, const std::string& path) {
  const Words w{findings};
  report::Report r("What makes a network degenerate?",
                   "basin: free directions of planted and random networks, by kind");
  r.summary(w.summary());
  r.facts({{"networks", fmt::format("{}", std::int64_t(findings.planted.size()) + w.untouched())},
           {"bounds above the truth", fmt::format("{}", w.violated())},
           {"bound (*) exact in", fmt::format("{}", w.total(&FamilySummary::tight))},
           {"conditional bound exact in", fmt::format("{}", w.total(&FamilySummary::tight_with_conditional))}});
  r.section("Kinds, planted").paragraph(w.kinds());
  r.figure(read_file(figures + "/counts_by_kind.svg"),
           "Free directions by what explains them; bars add up to N − rank J.");
  add_table(r, w);
  add_pictures(r, figures);
  r.section("Bounds against the truth").paragraph(w.bounds());
  r.figure(read_file(figures + "/bound_against_truth.svg"), "Each network is three points, one for each formula.");
  add_untouched(r, w, figures);
  r.section("What is left, and why").paragraph(w.slack());
  r.figure(read_file(figures + "/slack_by_cause.svg"), "N − rank J less bound (*), by cause.");
  add_claims(r, w);
  r.section("Again").paragraph("Everything above comes from one command.").code(findings.command);
  r.save(path);
}

}  // namespace basin::experiments
