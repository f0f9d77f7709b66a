#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "core/file.h"
#include "experiments/report/report.h"
#include "experiments/reproduce/findings.h"
#include "experiments/shared/claim_rows.h"

namespace basin::experiments {
namespace {

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }
std::string gap_words(double gap) {
  return std::isinf(gap) ? "nothing but zeros was dropped" : fmt::format("the spectral gap is {:.1e}", gap);
}

struct Words {  // the findings, said
  const Findings& f;
  const interp::DegeneracyReport& net = f.final_network;

  double accuracy() const { return f.history.empty() ? std::nan("") : f.history.back().test.accuracy; }
  std::string predictions_that_hold() const {
    const auto held = count_claims(f.claims, Standing::predicted, Verdict::pass);
    return fmt::format("{} of {}", held, held + count_claims(f.claims, Standing::predicted, Verdict::fail));
  }
  std::int64_t dead() const {
    std::int64_t n = 0;
    for (const auto& b : net.blocks)
      if (b.kind == interp::BlockKind::dead) n += std::int64_t(b.neurons.size());
    return n;
  }

  // A count, or both its readings where the numbers do not decide it.
  std::string count(interp::Count c) const {
    const interp::Reading both = interp::reading(net, c);
    return both.decided() ? fmt::format("{}", both.at_tolerance)
                          : fmt::format("{} or {} (undecided)", both.at_rounding, both.at_tolerance);
  }
  std::string free() const {
    return count([](const interp::DegeneracyReport& r) { return r.free_directions(); });
  }
  std::string explained() const {
    return count([](const interp::DegeneracyReport& r) { return r.lower_bound(); });
  }

  std::string summary() const {
    return fmt::format(
        "A network with widths {} was trained on {} rows of {} and gets {} of {} held-out rows right. Of "
        "its "
        "{} parameters, {} directions ({}) change none of its outputs on {} training rows to first order. Low ranks "
        "of "
        "activations and gradients and neurons that fire together explain {} of them. {}",
        fmt::join(f.spec.mlp.widths, "-"), f.train_rows, f.data_name, percent(accuracy()), f.test_rows, net.parameters,
        free(), percent(double(net.free_directions()) / double(net.parameters)), net.samples, explained(), claims());
  }

  std::string claims() const {
    return fmt::format("What theory says of networks and losses made for it: {}.", claims_summary(f.claims));
  }

  std::string training() const {
    const auto &first = f.history.front(), &last = f.history.back();
    return fmt::format(
        "Over {} epochs the loss on the training rows fell from {:.3g} to {:.3g}; on the {} test rows it ended at "
        "{:.3g} "
        "with {} of them right.",
        last.epoch, first.train_loss, last.train_loss, f.test_rows, last.test.loss, percent(accuracy()));
  }

  std::string over_training() const {
    const auto &a = f.training.front(), &b = f.training.back();
    const std::size_t e = 3;
    const double n = double(net.parameters);
    const double before = 1 - double(a.counts[e].count) / n, after = 1 - double(b.counts[e].count) / n;
    return fmt::format(
        "Eigenvalues of JJᵀ on {} rows, so that at most {} directions can matter. At ε = {:g} the share of "
        "directions "
        "that matter less than ε times the strongest one {} from {} at the start to {} after {} epochs.",
        f.analysis_rows, f.analysis_rows * net.outputs, epsilon_grid[e],
        after > before   ? "rose"
        : after < before ? "fell"
                         : "stayed",
        percent(before), percent(after), b.epoch);
  }

  std::string planted() const {
    std::int64_t equal = 0, naive = 0;
    for (const MixedNet& m : f.planted) {
      equal += m.planned == m.free;
      naive += m.naive > m.free;
    }
    return fmt::format(
        "{} networks were made with known degeneracy: mixtures of synchronised, always-on and dead neurons, of low "
        "ranks "
        "in what they read and in who reads them. The number of free directions computed from the planted sizes alone "
        "equals the measured N − rank J in {} of them. Adding up the kinds without removing their overlap is too large "
        "in {}.",
        f.planted.size(), equal, naive);
  }

  std::string exact() const {
    const std::string bound = fmt::format(
        "The rank of the Jacobian is {} ({}), so {} directions are free. Low ranks account for {}, rescalings of "
        "single neurons and synchronised blocks for {} more; the three kinds leave {} unexplained.",
        count([](const interp::DegeneracyReport& r) { return r.jacobian.rank; }), gap_words(net.jacobian.gap), free(),
        net.formula() - net.gauge.rank, net.gauge.rank,
        count([](const interp::DegeneracyReport& r) { return r.residual(); }));
    return bound + (dead() ? fmt::format(" {} hidden neurons never fire.", dead()) : std::string());
  }
};

void add_training(report::Report& r, const Words& w, const std::string& figures) {
  r.section("Training").paragraph(w.training());
  r.figure(read_file(figures + "/training_loss.svg"), "Cross-entropy on training and test rows, by epoch.");
  r.figure(read_file(figures + "/test_accuracy.svg"), "Share of test rows that are right, by epoch.");
}

void add_values(report::Report& r, const Findings& f) {
  r.section("Activations and gradients by name")
      .paragraph("Every value that the network names can be fetched, and so can the gradient of the loss at it.");
  std::vector<std::vector<std::string>> rows;
  for (const ValueSummary& v : f.values)
    rows.push_back({v.name, v.shape.str(), fmt::format("{:.3g}", v.root_mean_square), percent(v.share_of_zeros)});
  r.table({"value", "shape", "root mean square", "zeros"}, rows, "Over all training rows.");
}

// Ranks of activations and gradients at the grid, at the start and at the end.
void add_counts(report::Report& r, const Words& w) {
  std::vector<std::string> headers{"layer", "matrix", "when"};
  for (double e : epsilon_grid) headers.push_back(fmt::format("ε = {:g}", e));
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& layer, const char* matrix, std::int64_t epoch, const auto& counts) {
    rows.push_back({layer, matrix, fmt::format("epoch {}", epoch)});
    for (std::int64_t n : counts) rows.back().push_back(fmt::format("{}", n));
  };
  for (std::size_t l = 0; l < w.f.spectra.size(); ++l)
    for (const auto* c : {&w.f.training.front(), &w.f.training.back()}) {
      add(w.f.spectra[l].name, "G", c->epoch, c->layers[l].activations);
      add(w.f.spectra[l].name, "K", c->epoch, c->layers[l].gradients);
    }
  r.table(headers, rows, "Eigenvalues above ε times the largest: ε-ranks of activations (G) and gradients (K).");
}

void add_degeneracy(report::Report& r, const Words& w, const std::string& figures) {
  r.section("Degeneracy of the trained network").paragraph(w.exact());
  std::vector<std::vector<std::string>> rows;
  for (const auto& l : w.net.layers)
    rows.push_back({l.name, fmt::format("{} × {}", l.rows, l.columns), fmt::format("{}", l.activation.rank),
                    fmt::format("{}", l.gradient.rank), fmt::format("{}", l.free_low_rank)});
  r.table({"layer", "weights and bias", "activation rank", "gradient rank", "free by low rank"}, rows);
  r.figure(read_file(figures + "/spectra_activations.svg"),
           "Eigenvalues of G = E f fᵀ of what each layer reads, the constant included.");
  r.figure(read_file(figures + "/spectra_gradients.svg"),
           "Eigenvalues of K = E BᵀB, gradients of the outputs at each layer's pre-activations.");
  r.figure(read_file(figures + "/spectra_jacobian.svg"),
           fmt::format("Eigenvalues of each layer's JJᵀ on {} rows.", w.f.spectrum_rows));
  r.section("Degeneracy over training").paragraph(w.over_training());
  r.figure(read_file(figures + "/degeneracy_over_training.svg"),
           "Share of directions of parameter space whose eigenvalue of JᵀJ is below ε times the largest.");
  add_counts(r, w);
}

void add_claims(report::Report& r, const Words& w, const std::string& figures) {
  r.section("Planted networks").paragraph(w.planted());
  r.figure(read_file(figures + "/planted_free_directions.svg"),
           "Each point is a planted network. On the dashed line the prediction is exact.");
  r.section("Claims").paragraph(w.claims()).claims(claim_rows(w.f.claims));
}

void add_parts(report::Report& r, const std::vector<Part>& parts) {
  if (parts.empty()) return;
  std::vector<report::PageLink> links;
  for (const Part& part : parts)
    links.push_back(
        {part.name, part.page, fmt::format("{} {}.", part.outcome.summary, claims_summary(part.outcome.claims))});
  r.section("More experiments").pages(links);
}

}  // namespace

void write_report(const Findings& f, const std::string& figures, const std::string& path) {
  const Words w{f};
  report::Report r("How degenerate is a trained network?", "basin: the main job, end to end on real data");
  r.summary(w.summary());
  r.facts({{"test accuracy", percent(w.accuracy())},
           {"parameters", fmt::format("{}", w.net.parameters)},
           {"free directions", w.free()},
           {"predictions that hold", w.predictions_that_hold()}});
  add_training(r, w, figures);
  add_values(r, f);
  add_degeneracy(r, w, figures);
  add_claims(r, w, figures);
  add_parts(r, f.parts);
  r.section("Again").paragraph("Everything above comes from one command; data: " + f.data_source + ".");
  r.code("scripts/reproduce.sh");
  r.save(path);
}

}  // namespace basin::experiments
