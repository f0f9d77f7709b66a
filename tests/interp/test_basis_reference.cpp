// Every published case of a small modular MLP: bases, formulas for edges, quadrature rules, with and without centring.
#include <doctest/doctest.h>

#include <set>

#include "core/npz.h"
#include "interp/edges/edges.h"
#include "tests/interp/basis_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

using Arrays = std::map<std::string, Tensor<double>>;

const std::string golden = std::string(BASIN_SOURCE_DIR) + "/tests/golden/lib/";

struct Case {
  std::string name, act;
  BasisOptions basis;
  EdgeOptions edges;
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char c : text)
    if (c == '_')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

// relu_jac_squared_gauss-legendre4_center0
Case case_of(const std::string& name) {
  const std::vector<std::string> p = split(name);
  const std::map<std::string, BasisKind> kinds{{"jac", BasisKind::lib},
                                               {"a10", BasisKind::attribution},
                                               {"a1sq", BasisKind::squared_difference},
                                               {"svd", BasisKind::pca},
                                               {"neuron", BasisKind::neuron}};
  const int n = p[3].back() - '0';
  const std::string rule = p[3].substr(0, p[3].size() - 1);
  const Quadrature q{rule == "gradient"      ? Rule::gradient
                     : rule == "trapezoidal" ? Rule::trapezoid
                                             : Rule::gauss_legendre,
                     n};
  Case c{name, p[0], {}, {}};
  c.basis.kind = kinds.at(p[1]);
  c.basis.center = p[4] == "center1";
  c.basis.rules = c.edges.rules = {q};
  c.edges.kind = edges_from(p[2]);
  return c;
}

FoldedModel model_of(const Arrays& arrays, const std::string& name, int layers) {
  std::vector<Matrix> weights;
  for (int l = 0; l < layers; ++l) {
    Matrix w = arrays.at(name + "/W" + std::to_string(l) + "_folded");
    if (l + 1 < layers) {  // without the column of the constant
      Matrix inner({w.rows(), w.cols() - 1});
      for (std::int64_t i = 0; i < w.rows(); ++i) std::copy_n(w.row(i).begin(), inner.cols(), inner.row(i).begin());
      w = inner;
    }
    weights.push_back(w);
  }
  return folded_model(network_of(weights, [name](Var v) { return name == "gelu" ? gelu(v) : relu(v); }));
}

Matrix outer(const Matrix& C) { return matmul(C, C, false, true); }

double largest(const Matrix& a) {
  double m = 0;
  for (const double v : a.data) m = std::max(m, std::abs(v));
  return m;
}

// Features that hang together with feature 1 through edges above 1e-6 of the largest; the constants are left out.
std::int64_t reached_from_first(const Matrix& E) {
  std::vector<char> from(E.cols()), to(E.rows());
  from[1] = 1;
  for (std::int64_t round = 0; round < E.cols(); ++round)
    for (std::int64_t i = 1; i < E.rows(); ++i)
      for (std::int64_t j = 1; j < E.cols(); ++j)
        if (E(i, j) > 1e-6 * largest(E) && (from[j] || to[i])) from[j] = to[i] = 1;
  return std::ranges::count(from, 1);
}

// Edges and Lambda of features, matched by sign-free quantities: order and sign of columns are the eigensolver's.
void check_case(const Arrays& arrays, const FoldedModel& model, const Case& c, bool by_engine) {
  CAPTURE(c.name);
  CAPTURE(by_engine);
  BasisOptions basis = c.basis;
  EdgeOptions edges = c.edges;
  basis.by_engine = edges.by_engine = by_engine;
  const Inputs inputs{{"x", arrays.at(c.act == "model" ? "model/X" : c.act + "/X")}};
  const std::vector<Basis> bases = interaction_bases(model, inputs, basis);
  const std::vector<Matrix> E = interaction_edges(model, bases, inputs, edges);
  for (std::int64_t l = 0; l < model.sections(); ++l) {
    const std::string layer = "layers." + std::to_string(l);
    CAPTURE(layer);
    const Matrix& C = arrays.at(c.name + "/C__" + layer);
    REQUIRE(bases[l].C.cols() == C.cols());
    CHECK(off(outer(bases[l].C), outer(C)) < 1e-6);
    if (const auto lambda = arrays.find(c.name + "/Lambda__" + layer); lambda != arrays.end()) {
      std::vector<double> wanted = lambda->second.data, found = bases[l].lambda_all;
      std::ranges::sort(wanted);
      std::ranges::sort(found);
      REQUIRE(wanted.size() == found.size());
      for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(std::abs(wanted[i] - found[i]) < 1e-6 * wanted.back());
    }
    const std::string to = l + 1 < model.sections() ? "layers." + std::to_string(l + 1) : "output";
    const Matrix& given = arrays.at(c.name + "/E__" + layer + "__to__" + to);
    if (c.edges.kind == EdgeKind::functional && c.edges.rules[0].rule == Rule::gradient)
      CHECK(largest(E[l]) == 0);
    else
      CHECK(off(E[l], given) < 1e-6);
  }
}

}  // namespace

TEST_CASE("bases and edges are those of the published cases") {
  const Arrays arrays = read_npz(golden + "modular_mlp.npz");
  const FoldedModel relu_model = model_of(arrays, "relu", 3), gelu_model = model_of(arrays, "gelu", 3);
  std::set<std::string> names;
  for (const auto& [key, array] : arrays)
    if (const std::string name = key.substr(0, key.find('/')); name != "relu" && name != "gelu") names.insert(name);
  REQUIRE(names.size() == 120);
  for (const std::string& name : names) {
    const Case c = case_of(name);
    for (const bool by_engine : {false, true})
      check_case(arrays, c.act == "relu" ? relu_model : gelu_model, c, by_engine);
  }
}

// Two modules of four neurons in each layer, without biases: the local basis finds them, PCA mixes them.
TEST_CASE("the block-diagonal network of the method's authors") {
  const Arrays arrays = read_npz(golden + "block_diagonal.npz");
  const FoldedModel model = model_of(arrays, "model", 5);
  const Inputs inputs{{"x", arrays.at("model/X")}};
  const std::map<std::string, BasisKind> kinds{
      {"diagonal_rib", BasisKind::lib}, {"diagonal_pca", BasisKind::pca}, {"diagonal_neuron", BasisKind::neuron}};
  for (const auto& [name, kind] : kinds) {
    CAPTURE(name);
    const std::vector<Basis> bases = interaction_bases(
        model, inputs, {.kind = kind, .center = kind != BasisKind::neuron, .truncation = {.threshold = 1e-15}});
    const std::vector<Matrix> E = interaction_edges(model, bases, inputs);
    std::vector<std::int64_t> counts;
    for (std::int64_t l = 0; l < 5; ++l) {
      CAPTURE(l);
      counts.push_back(std::ranges::count_if(E[l].data, [&](double e) { return e > 1e-6 * largest(E[l]); }));
      // Thousands of pre-activations are exactly 0 here, so that rounding decides about masks and the last directions.
      const Matrix& C = arrays.at(name + "/C__layers." + std::to_string(l));
      if (kind == BasisKind::neuron || l < (kind == BasisKind::lib ? 3 : 4))
        CHECK(off(outer(bases[l].C), outer(C)) < 1e-10);
    }
    if (kind == BasisKind::neuron) CHECK(counts == std::vector<std::int64_t>{33, 33, 30, 22, 24});
    if (kind != BasisKind::neuron) CHECK(reached_from_first(E[0]) == (kind == BasisKind::lib ? 4 : 8));
  }
}
