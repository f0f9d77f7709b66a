// C42: counts do not depend on the scales of inputs, neurons, layers and outputs (docs/theory.md §1.6).
#include <fmt/format.h>

#include "core/matrix.h"
#include "experiments/claims/basis_claims.h"
#include "nn/data/planted/patterns.h"

namespace basin::experiments {
namespace {

using interp::ReluNet;

void scale_row(ReluNet& net, std::int64_t l, std::int64_t i, double by) {
  for (double& w : net.weights[l].row(i)) w *= by;
  if (net.has_bias(l)) net.biases[l][i] *= by;
}

void scale_column(Matrix& a, std::int64_t j, double by) {
  for (std::int64_t i = 0; i < a.rows(); ++i) a(i, j) *= by;
}

// Neuron i of hidden layer l grows and is read by as much less: the same function.
void rescale_neuron(ClaimNet& n, std::int64_t l, std::int64_t i, double by) {
  scale_row(n.net, l, i, by);
  scale_column(n.net.weights[l + 1], i, 1 / by);
}

void rescale_layer(ClaimNet& n, std::int64_t l, double by) {
  for (std::int64_t i = 0; i < n.net.weights[l].rows(); ++i) rescale_neuron(n, l, i, by);
}

void rescale_input(ClaimNet& n, std::int64_t j, double by) {
  scale_column(n.x, j, by);
  scale_column(n.net.weights[0], j, 1 / by);
}

const std::vector<double> factors{1e-12, 3e-9, 2e-5, 1e-2, 7e3, 2e8, 1e12};

// One network for each factor and each way of rescaling it.
using Ways = std::vector<std::function<void(ClaimNet&, double by)>>;
std::vector<ClaimNet> scaled(const ClaimNet& net, const Ways& ways) {
  std::vector<ClaimNet> all;
  for (const auto& way : ways)
    for (const double by : factors) way(all.emplace_back(net), by);
  return all;
}

Ways same_function(const ClaimNet& net) {
  Ways ways;
  for (std::int64_t j = 0; j < net.x.cols(); ++j)
    ways.push_back([=](ClaimNet& n, double by) { rescale_input(n, j, by); });
  for (std::int64_t l = 0; l + 1 < net.net.layers(); ++l) {
    ways.push_back([=](ClaimNet& n, double by) { rescale_layer(n, l, by); });
    for (std::int64_t i = 0; i < net.net.weights[l].rows(); ++i)
      ways.push_back([=](ClaimNet& n, double by) { rescale_neuron(n, l, i, by); });
  }
  ways.push_back([](ClaimNet& n, double by) {  // all at once, up and down by turns
    for (std::int64_t l = 0; l + 1 < n.net.layers(); ++l)
      for (std::int64_t i = 0; i < n.net.weights[l].rows(); ++i) rescale_neuron(n, l, i, i % 2 ? by : 1 / by);
  });
  return ways;
}

Ways other_outputs(const ClaimNet& net) {
  const std::int64_t last = net.net.layers() - 1;
  Ways ways;
  for (std::int64_t o = 0; o < net.net.widths().back(); ++o)
    ways.push_back([=](ClaimNet& n, double by) { scale_row(n.net, last, o, by); });
  ways.push_back([=](ClaimNet& n, double by) {
    for (std::int64_t o = 0; o < n.net.widths().back(); ++o) scale_row(n.net, last, o, by);
  });
  return ways;
}

// What theory says of a network, whatever its scales.
struct Wanted {
  std::int64_t free, bound, conditional, patterns;
  friend bool operator==(const Wanted&, const Wanted&) = default;
};

struct Tried {
  std::int64_t networks = 0, same = 0, undecided = 0;
  std::string other = "";  // the first that differs
};

Tried tried(const std::vector<ClaimNet>& nets, const Wanted& wanted, const ClaimSettings& settings) {
  const auto reports = parallel_results(settings.threads, std::ssize(nets), [&](std::int64_t i) {
    return interp::degeneracy(nets[std::size_t(i)].net, nets[std::size_t(i)].x);
  });
  Tried t{.networks = std::ssize(nets)};
  for (const DegeneracyReport& r : reports) {
    const Wanted found{r.free_directions(), r.lower_bound(), r.conditional.lower_bound,
                       r.conditional.lower_bound_patterns};
    if (!r.decided())
      ++t.undecided;
    else if (found == wanted)
      ++t.same;
    else if (t.other.empty())
      t.other = fmt::format("; one has {}, {}, {}, {}", found.free, found.bound, found.conditional, found.patterns);
  }
  return t;
}

struct ScaledSetting {
  std::string title;
  ClaimNet net;
  Wanted wanted;
  std::string arithmetic;
};

std::vector<ScaledSetting> settings_list(const Rng& rng) {
  const auto planted = [&](const nn::Plan& plan, const char* name) {
    return claim_net(nn::plant(plan, rng.stream(name).next_u64()));
  };
  using nn::blocks, nn::with;
  const nn::Plant on{.size = 3, .kind = nn::PlantKind::always_on}, dead{.size = 1, .kind = nn::PlantKind::dead};
  return {{"generic 5-6-4", planted({{blocks({1, 1, 1, 1, 1, 1})}}, "generic"), {6, 6, 6, 6}, "one for each neuron"},
          {"blocks 3, 2, 1", planted({{blocks({3, 2, 1})}}, "blocks"), {14, 14, 14, 14}, "sum of k^2"},
          {"always-on block of 3, blocks 1, 2",
           planted({{with(on, blocks({1, 2}))}}, "on"),
           {17, 17, 17, 17},
           "k (k + 1) and sum of k^2"},
          {"5-[1 dead, 2, 1, 1]-[2, 1, 1]-4",
           planted({{with(dead, blocks({2, 1, 1})), blocks({2, 1, 1})}}, "dead"),
           {22, 22, 22, 22},
           "6 + 4 weights of the dead, 4 + 1 + 1 in each layer"},
          {"one neuron fires on 3 of 300",
           claim_net(nn::rarely_firing(3, 3, rng.stream("rare"))),
           {7, 5, 7, 7},
           "five neurons, and d~ - 3"},
          {"nested reader of one neuron",
           claim_net(nn::nested(1, true, rng.stream("nested"))),
           {9, 8, 8, 9},
           "8 neurons, and one for the nesting"}};
}

// Of one hidden layer, whose firing patterns its own scale and that of the inputs leave alone, though nothing undoes
// it.
Ways other_function(const ClaimNet& net) {
  Ways ways{[](ClaimNet& n, double by) {
              for (std::int64_t i = 0; i < n.net.weights[0].rows(); ++i) scale_row(n.net, 0, i, by);
            },
            [](ClaimNet& n, double by) {
              for (double& v : n.x.data) v *= by;
              for (double& b : n.net.biases[0]) b *= by;
            }};
  for (std::int64_t i = 0; i < net.net.weights[0].rows(); ++i)
    ways.push_back([=](ClaimNet& n, double by) { scale_row(n.net, 0, i, by); });
  return ways;
}

// Each input in other units, where no neuron can notice.
ScaledSetting linear_net(Rng rng) {
  ScaledSetting s{"linear 5-3-4",
                  random_claim_net({5, 3, 4}, rng),
                  {12, 12, 12, 12},
                  "3 (3 + 1) for three neurons that always fire"};
  s.net.net.linear = true;
  return s;
}

Ways other_inputs(const ClaimNet& net) {
  Ways ways;
  for (std::int64_t j = 0; j < net.x.cols(); ++j)
    ways.push_back([=](ClaimNet& n, double by) { scale_column(n.x, j, by); });
  return ways;
}

void expect_same(ClaimTable& table, const ClaimSettings& settings, const ScaledSetting& s, const std::string& what,
                 const Ways& ways, bool may_be_undecided) {
  const Tried t = tried(scaled(s.net, ways), s.wanted, settings);
  table
      .expect(fmt::format("{}: {}, {}", s.title, what,
                          may_be_undecided ? "the same counts or undecided" : "decided with the same counts"),
              t.networks, t.same + may_be_undecided * t.undecided)
      .because(fmt::format("arithmetic: {}, on planted sizes; networks by factors from 1e-12 to 1e12, undecided: {}{}",
                           s.arithmetic, t.undecided, t.other));
}

void scales(ClaimTable& table, const ClaimSettings& settings) {
  const Rng rng(settings.seed, "claims/C42");
  for (const ScaledSetting& s : settings_list(rng)) {
    expect_same(table, settings, s, "rescaled, the same function", same_function(s.net), false);
    expect_same(table, settings, s, "outputs in other units", other_outputs(s.net), false);
    if (s.net.net.layers() == 2)
      expect_same(table, settings, s, "neurons or inputs in other units, not undone", other_function(s.net), true);
  }
  const ScaledSetting linear = linear_net(rng.stream("linear"));
  expect_same(table, settings, linear, "inputs in other units, not undone", other_inputs(linear.net), true);
}

const ClaimEntry c42{
    "C42", "counts do not depend on the scales of inputs, neurons, layers and outputs", {.fixed = 5.7}, scales};

}  // namespace
}  // namespace basin::experiments
