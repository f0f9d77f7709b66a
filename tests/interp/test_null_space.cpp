#include "interp/degeneracy/null_space.h"

#include <doctest/doctest.h>

#include <set>

#include "core/lapack.h"
#include "core/rng.h"
#include "core/statistics.h"
#include "interp/degeneracy/conditional.h"
#include "interp/degeneracy/parameter_moves.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "tests/core/temp_folder.h"
#include "tests/interp/degeneracy_golden.h"

using namespace basin;
using namespace basin::interp;

namespace {

// The network's outputs with its parameters moved by `step` times a direction of the flat vector; nothing but loops.
Matrix outputs_at(const ReluNet& net, const Matrix& x, std::span<const double> direction, double step) {
  Matrix f = x;
  const double* move = direction.data();
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const std::int64_t in = net.weights[l].cols(), out = net.weights[l].rows();
    Matrix p({x.rows(), out});
    for (std::int64_t s = 0; s < x.rows(); ++s)
      for (std::int64_t i = 0; i < out; ++i) {
        p(s, i) = net.biases[l][i] + step * move[in * out + i];
        for (std::int64_t j = 0; j < in; ++j) p(s, i) += (net.weights[l](i, j) + step * move[j * out + i]) * f(s, j);
        if (l + 1 < net.layers()) p(s, i) = std::max(p(s, i), 0.0);
      }
    move += out * (in + 1);
    f = std::move(p);
  }
  return f;
}

double behavioural_loss(const GoldenData& data, std::span<const double> direction, double step) {
  const Matrix there = outputs_at(data.net, data.x, direction, step), here = outputs_at(data.net, data.x, direction, 0);
  double total = 0;
  for (std::int64_t i = 0; i < here.size(); ++i) total += (there[i] - here[i]) * (there[i] - here[i]);
  return total / double(data.x.rows());
}

// L_B(step u) / step^2 for an average unit vector u: Tr(J^T J) / (n N).
double average_curvature(const GoldenData& data) {
  const Matrix J = parameter_jacobian(dense_network(data.net), {{"x", data.x}});
  double trace = 0;
  for (double v : J.data) trace += v * v;
  return trace / double(data.x.rows() * J.cols());
}

bool is_low_rank(const std::string& label) { return label.ends_with(" low rank"); }
bool is_conditional(const std::string& label) { return label.ends_with(" conditional"); }
bool is_rest(const std::string& label) { return label == "unexplained" || label == "related patterns"; }

}  // namespace

TEST_CASE("the basis is orthonormal, has N - rank J rows, and its labels add up to the bounds") {
  for (const auto& want : golden_nets()) {
    CAPTURE(want.at("name").get<std::string>());
    const GoldenData data = golden_data(want);
    const NullSpace space = jacobian_null_space(data.net, data.x);
    CHECK(space.basis.shape == Shape{want.at("free_directions").get<std::int64_t>(), data.net.parameters()});
    REQUIRE(std::int64_t(space.labels.size()) == space.basis.rows());
    double error = 0;
    const Matrix gram = matmul(space.basis, space.basis, false, true);
    for (std::int64_t i = 0; i < gram.rows(); ++i)
      for (std::int64_t j = 0; j < gram.cols(); ++j) error = worse(error, std::abs(gram(i, j) - double(i == j)));
    CHECK(error < 1e-12);
    const auto rest = std::ranges::count_if(space.labels, is_rest);
    const auto conditional = std::ranges::count_if(space.labels, is_conditional);
    CHECK(std::ssize(space.labels) - rest == want.at("conditional_bound"));
    CHECK(std::ssize(space.labels) - rest - conditional == want.at("lower_bound"));
    CHECK(std::ranges::count_if(space.labels, is_low_rank) ==
          want.at("lower_bound").get<std::int64_t>() - want.at("phi_rank").get<std::int64_t>());
  }
}

// Along u the outputs change by t J u + O(t^2), so the loss is t^2 |J u|^2 / n, or O(t^4) if J u = 0: at t = 1e-4 that
// is 1e-8 of the t^2 that an average direction costs. 1e-6 tells the two apart, with room for large second derivatives.
TEST_CASE("moving along any labelled direction costs nothing to first order, along a random one it does") {
  const double t = 1e-4;
  for (const char* name : {"c4", "c5_two_layers", "c7_both", "c10_two_layers", "c10_three_layers"}) {
    CAPTURE(name);
    const GoldenData data = golden_named(name);
    const NullSpace space = jacobian_null_space(data.net, data.x);
    const double usual = t * t * average_curvature(data);
    double worst = 0;
    for (std::int64_t i = 0; i < space.basis.rows(); ++i)
      worst = worse(worst, behavioural_loss(data, space.basis.row(i), t));
    CHECK(worst < 1e-6 * usual);
    Matrix random({1, data.net.parameters()});
    Rng(5, name).fill_normal(std::span(random.data), 1 / std::sqrt(double(random.cols())));
    CHECK(behavioural_loss(data, random.row(0), t) > 1e-2 * usual);
  }
}

TEST_CASE("labels name the layer, the kind and the neurons, and stand together") {
  const auto names_of = [](const char* name) {
    const GoldenData data = golden_named(name);
    std::vector<std::string> names = jacobian_null_space(data.net, data.x).labels;
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(names_of("c3_321") == Names{"layers.0 block 0 1 2", "layers.0 block 3 4", "layers.0 rescaling 5"});
  CHECK(names_of("c4") == Names{"layers.0 always_on 0 1 2", "layers.0 rescaling 3", "layers.0 block 4 5"});
  CHECK(names_of("c11").back() == "layers.0 conditional");
  CHECK(names_of("c12").back() == "related patterns");
  CHECK(names_of("c10_three_layers").back() == "unexplained");
  for (const char* name : {"c10_two_layers", "c10_three_layers"}) {
    const Names names = names_of(name);
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  }
}

TEST_CASE("labelled vectors are what their labels say") {
  const GoldenData data = golden_named("c5_two_layers");
  const NullSpace space = jacobian_null_space(data.net, data.x);
  const std::int64_t first_layer = data.net.weights[0].rows() * (data.net.weights[0].cols() + 1);
  int seen = 0;
  for (std::int64_t i = 0; i < space.basis.rows(); ++i) {
    if (space.labels[i] != "layers.0 low rank") continue;
    ++seen;
    for (std::int64_t c = first_layer; c < space.basis.cols(); ++c) CHECK(space.basis(i, c) == 0);
  }
  CHECK(seen == golden_net("c5_two_layers").at("layers")[0].at("free_low_rank"));
}

TEST_CASE("the file holds the basis, the labels and their names") {
  const TempFolder folder;
  const std::string path = folder / "null.npz";
  const GoldenData data = golden_named("c10_three_layers");
  const NullSpace space = jacobian_null_space(data.net, data.x);
  write_null_space(path, space);
  const auto arrays = read_npz(path);
  CHECK(arrays.at("basis").data == space.basis.data);
  const Tensor<double>&label = arrays.at("label"), &names = arrays.at("names");
  REQUIRE(label.size() == space.basis.rows());
  for (std::int64_t i = 0; i < label.size(); ++i) {
    std::string name;
    for (double code : names.row(std::int64_t(label[i])))
      if (code > 0) name += char(code);
    CHECK(name == space.labels[i]);
  }
}

TEST_CASE("a network with nothing free has an empty basis, which can be written") {
  const TempFolder folder;
  const ReluNet net{{Matrix({1, 1}, {2.0})}, {{1.0}}};
  const NullSpace space = jacobian_null_space(net, Matrix({3, 1}, {0.0, 1.0, 2.0}));
  CHECK(space.basis.shape == Shape{0, 2});
  write_null_space(folder / "none.npz", space);
  CHECK(read_npz(folder / "none.npz").at("basis").shape == Shape{0, 2});
}
