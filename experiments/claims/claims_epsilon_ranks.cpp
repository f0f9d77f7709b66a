// C38: ε-ranks and N_eff(ε) as they are reported (docs/theory.md §1.4), against eigenvalues that are arithmetic on
// planted singular values, or direct ones of J by differences.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/statistics.h"
#include "experiments/claims/basis_claims.h"
#include "experiments/claims/direct_jacobian.h"
#include "interp/degeneracy/degeneracy_details.h"
#include "interp/degeneracy/epsilon_bound.h"
#include "interp/jacobian/layer_spectra.h"
#include "interp/layers/plain_loops.h"

namespace basin::experiments {
namespace {

using Json = nlohmann::json;
using Values = std::vector<double>;

// Eigenvalues of J^T J without its zeros, and of G^l and K^{l+1} by layer, on any scale.
struct Spectra {
  Values jacobian;
  std::vector<Values> activations, gradients;
};

struct Setting {
  std::string title;
  ClaimNet net;
  Spectra spectra;
  Values epsilons;
  double tolerance;  // on soft counts
  std::string path;  // where the spectra come from
};

// What theory says of one spectrum at each cut-off.
struct Counts {
  std::vector<std::int64_t> above;
  Values soft;
};

Counts predicted(const Values& eigenvalues, const Values& epsilons) {
  const double largest = std::ranges::max(eigenvalues);
  Counts counts;
  for (const double epsilon : epsilons) {
    std::int64_t above = 0;
    double soft = 0;
    for (const double h : eigenvalues) {
      if (h / largest > epsilon) ++above;
      soft += 1 / (1 + epsilon * largest / std::max(h, 1e-300));
    }
    counts.above.push_back(above), counts.soft.push_back(soft);
  }
  return counts;
}

// From the report's "epsilon" list, or the list of one layer in each of its entries.
Counts reported(const Json& epsilon, const char* rank, const char* n_eff, std::int64_t layer = -1) {
  Counts counts;
  for (const Json& at : epsilon) {
    const Json& part = layer < 0 ? at : at.at("layers").at(std::size_t(layer));
    counts.above.push_back(part.at(rank)), counts.soft.push_back(part.at(n_eff));
  }
  return counts;
}

std::string listed(const std::vector<std::int64_t>& counts) { return fmt::format("{}", fmt::join(counts, ", ")); }

double largest_difference(const Values& a, const Values& b) {
  double worst = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) worst = worse(worst, std::abs(a[i] - b[i]));
  return worst;
}

std::int64_t differing(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  std::int64_t count = std::abs(std::ssize(a) - std::ssize(b));
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) count += a[i] != b[i];
  return count;
}

Json report_of(const Setting& s, const ClaimSettings& settings) {
  const interp::Subject subject = interp::subject(s.net.net, s.net.x, claim_options(settings));
  const DegeneracyReport report = interp::degeneracy(subject);
  return Json::parse(to_json(report, interp::degeneracy_details(subject, report, s.epsilons))).at("epsilon");
}

// Of G and K of all layers: hard counts that differ, the largest difference of soft ones.
std::pair<std::int64_t, double> layer_errors(const Setting& s, const Json& report) {
  std::int64_t differ = 0;
  double worst = 0;
  const auto compare = [&](const Values& eigenvalues, const Counts& found) {
    const Counts wanted = predicted(eigenvalues, s.epsilons);
    differ += differing(wanted.above, found.above);
    worst = worse(worst, largest_difference(wanted.soft, found.soft));
  };
  for (std::int64_t l = 0; l < s.net.net.layers(); ++l) {
    compare(s.spectra.activations[l], reported(report, "activation_rank", "activation_n_eff", l));
    compare(s.spectra.gradients[l], reported(report, "gradient_rank", "gradient_n_eff", l));
  }
  return {differ, worst};
}

// The counts of interp/jacobian/layer_spectra.h that differ, of J J^T, G and K.
std::int64_t differing_by_products(const Setting& s) {
  const interp::SpectralCounts found = interp::spectral_counts(s.net.net, s.net.x, s.net.x.rows(), s.epsilons);
  std::vector<std::int64_t> jacobian;
  for (const interp::EpsilonRank& rank : found.counts) jacobian.push_back(rank.count);
  std::int64_t differ = differing(predicted(s.spectra.jacobian, s.epsilons).above, jacobian);
  for (std::size_t l = 0; l < found.layers.size(); ++l) {
    differ += differing(predicted(s.spectra.activations[l], s.epsilons).above, found.layers[l].activations);
    differ += differing(predicted(s.spectra.gradients[l], s.epsilons).above, found.layers[l].gradients);
  }
  return differ;
}

std::string heading(const Setting& s) {
  return fmt::format("{}, ε = {:g} … {:g}: ", s.title, s.epsilons.front(), s.epsilons.back());
}

void expect_counts(ClaimTable& table, const ClaimSettings& settings, const Setting& s) {
  const std::string at = heading(s);
  const Counts J = predicted(s.spectra.jacobian, s.epsilons);
  const Json report = report_of(s, settings);
  const Counts found = reported(report, "jacobian_rank", "n_eff");
  const auto [differ, worst] = layer_errors(s, report);
  table.expect(at + "eigenvalues of J^T J above", listed(J.above), listed(found.above)).because(s.path);
  table.expect(at + "N_eff(ε), largest difference", 0, largest_difference(J.soft, found.soft))
      .within(s.tolerance)
      .because(s.path + "; sum h / (h + ε h_max) over them");
  table.expect(at + "counts of G and K that differ", 0, differ).because(s.path);
  table.expect(at + "soft counts of G and K, largest difference", 0, worst).within(s.tolerance).because(s.path);
  table.expect(at + "counts by Gram matrices that differ, of J, G and K", 0, differing_by_products(s)).because(s.path);
  std::vector<std::int64_t> below, free;
  for (const std::int64_t above : J.above) below.push_back(s.net.net.parameters() - above);
  for (const interp::EpsilonBound& bound : interp::epsilon_bounds(s.net.net, s.net.x, s.epsilons))
    free.push_back(bound.free);
  table.expect(at + "directions below, as the bound by kinds counts them", listed(below), listed(free))
      .because(s.path + "; N less those above");
}

Matrix orthogonal(std::int64_t rows, std::int64_t cols, Rng& rng) {
  Matrix q = normal_matrix(rows, cols, rng);
  orthonormalise(q);
  return q;
}

// Rows of q times these numbers.
Matrix with_lengths(Matrix q, const Values& lengths) {
  for (std::int64_t i = 0; i < q.rows(); ++i)
    for (double& v : q.row(i)) v *= lengths[std::size_t(i)];
  return q;
}

const Values inputs_squared{1, 3e-2, 3e-4, 3e-5, 3e-7, 3e-10};

// x = U diag(s) V^T with s^2 as above: 20 samples of 6 numbers.
Matrix planted_inputs(Rng& rng) {
  Values s;
  for (const double h : inputs_squared) s.push_back(std::sqrt(h));
  return matmul(orthogonal(6, 20, rng), with_lengths(orthogonal(6, 6, rng), s), true);
}

// Linear 6-4 without bias: J = 1 (x) x, so each h counts for each output. K is the identity.
Setting one_layer(Rng& rng, const Values& epsilons) {
  Setting s{"linear 6-4", {.net = {}, .x = planted_inputs(rng)}, {}, epsilons, 1e-7, ""};
  s.net.net = {.weights = {normal_matrix(4, 6, rng)}, .biases = {{}}, .linear = true};
  for (int output = 0; output < 4; ++output)
    s.spectra.jacobian.insert(s.spectra.jacobian.end(), inputs_squared.begin(), inputs_squared.end());
  s.spectra.activations = {inputs_squared}, s.spectra.gradients = {{1, 1, 1, 1}};
  s.path = "arithmetic: planted singular values, J = 1 (x) x";
  return s;
}

// Linear 6-6-4, W^0 orthogonal, W^1 = P diag(w) Q^T: J J^T = x x^T (x) (W^1 W^1^T + 1), so h (w^2 + 1) of all pairs.
Setting two_layers(Rng& rng, const Values& epsilons) {
  Setting s{"linear 6-6-4", {.net = {}, .x = planted_inputs(rng)}, {}, epsilons, 1e-7, ""};
  const Values w{1, 0.5, 0.2, 0.05};
  Matrix readers = matmul(orthogonal(4, 4, rng), with_lengths(orthogonal(4, 6, rng), w));
  s.net.net = {.weights = {orthogonal(6, 6, rng), std::move(readers)}, .biases = {{}, {}}, .linear = true};
  for (const double h : inputs_squared)
    for (const double v : w) s.spectra.jacobian.push_back(h * (v * v + 1));
  s.spectra.activations = {inputs_squared, inputs_squared};
  s.spectra.gradients = {{1, 0.25, 0.04, 0.0025, 0, 0}, {1, 1, 1, 1}};
  s.path = "arithmetic: planted singular values, h (w^2 + 1) of all pairs of an input's h and a reader's w";
  return s;
}

// d f / d b^l is B^{l+1}, so K is in J's columns for biases.
Setting direct(const std::string& title, ClaimNet net) {
  net = far_from_kinks(std::move(net), 1e-3);
  const Matrix J = difference_jacobian(net);
  Spectra spectra{.jacobian = squared_values(J), .activations = {}, .gradients = {}};
  const std::vector<Matrix> nodes = interp::plain_nodes(net.net, net.x);
  std::int64_t first = 0;
  for (std::int64_t l = 0; l < net.net.layers(); ++l) {
    const std::int64_t out = net.net.weights[l].rows();
    first += net.net.parameters(l);
    spectra.activations.push_back(squared_values(nodes[std::size_t(l)]));
    spectra.gradients.push_back(squared_values(columns_of(J, first - out, out)));
  }
  return {title,
          std::move(net),
          std::move(spectra),
          {1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7},
          1e-6,
          "direct eigenvalues: LAPACK on J by differences of plain loops, and on activations in plain loops"};
}

ClaimNet few_samples(ClaimNet net, std::int64_t samples) {
  net.x = rows_of(net.x, 0, samples);
  return net;
}

void expect_kinds(ClaimTable& table, const Setting& s) {
  const std::string at = heading(s);
  std::vector<std::int64_t> wanted, found;
  for (const std::int64_t above : predicted(inputs_squared, s.epsilons).above) wanted.push_back(4 * (6 - above));
  for (const interp::EpsilonBound& bound : interp::epsilon_bounds(s.net.net, s.net.x, s.epsilons))
    found.push_back(bound.activations);
  table.expect(at + "directions below because of low activations", listed(wanted), listed(found))
      .because("arithmetic: planted singular values, inputs below the cut-off, for each of 4 outputs");
}

void epsilon_ranks(ClaimTable& table, const ClaimSettings& settings) {
  Rng rng(settings.seed, "claims/C38");
  const Values above_gram{1e-1, 1e-3, 1e-5, 1e-7}, below_gram{1e-9, 1e-11};  // two ways to the spectrum of J
  for (const Values& epsilons : {above_gram, below_gram}) {
    const Setting one = one_layer(rng, epsilons);
    expect_counts(table, settings, one);
    expect_kinds(table, one);
    expect_counts(table, settings, two_layers(rng, epsilons));
  }
  expect_counts(table, settings, direct("random 4-7-6-3", random_claim_net({4, 7, 6, 3}, rng)));
  expect_counts(table, settings,
                direct("64-14-10-10 trained on digits", few_samples(trained_claim_net(rng.next_u64() % 1000), 50)));
}

const ClaimEntry c38{"C38", "ε-ranks and N_eff(ε) are counts of direct eigenvalues", {.fixed = 1.4}, epsilon_ranks};

}  // namespace
}  // namespace basin::experiments
