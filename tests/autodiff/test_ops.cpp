#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "autodiff/op.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "op_machine.h"

using namespace basin;
using basin::testing::Sample;
using Vars = std::vector<Var>;

namespace {

const std::vector<Sample>& op_samples() {
  static const std::vector<Sample> list{
      {"add", {{{2, 3}}, {{3}}}, [](const Vars& x) { return x[0] + x[1]; }},
      {"add a column", {{{2, 3}}, {{2, 1}}}, [](const Vars& x) { return x[0] + x[1]; }},
      {"sub", {{{4}}, {{2, 3, 1}}}, [](const Vars& x) { return x[0] - x[1]; }},
      {"mul", {{{2, 1, 3}}, {{4, 1}}}, [](const Vars& x) { return x[0] * x[1]; }},
      {"mul by itself", {{{2, 3}}}, [](const Vars& x) { return x[0] * x[0] * x[0]; }},
      {"div", {{{2, 3}}, {{3}, 0.5, 2}}, [](const Vars& x) { return x[0] / x[1]; }},
      {"where", {{{2, 3}, 0, 0, 2}, {{2, 3}}, {{3}}}, [](const Vars& x) { return where(x[0], x[1] * x[2], x[2]); }},
      {"neg", {{{5}}}, [](const Vars& x) { return -(x[0] * x[0]); }},
      {"square", {{{5}}}, [](const Vars& x) { return square(x[0]); }},
      {"sqrt", {{{5}, 0.5, 2}}, [](const Vars& x) { return sqrt(x[0]); }},
      {"recip", {{{5}, 0.5, 2}}, [](const Vars& x) { return recip(x[0]); }},
      {"exp", {{{5}}}, [](const Vars& x) { return exp(x[0]); }},
      {"log", {{{5}, 0.5, 2}}, [](const Vars& x) { return log(x[0]); }},
      {"erf", {{{9}, -2, 2}}, [](const Vars& x) { return erf(x[0]); }},
      {"tanh", {{{9}, -2, 2}}, [](const Vars& x) { return tanh(x[0]); }},
      {"sigmoid", {{{9}, -3, 3}}, [](const Vars& x) { return sigmoid(x[0]); }},
      {"step", {{{9}, -1, 1, 0, 0.1}}, [](const Vars& x) { return step(x[0]) * x[0]; }},
      {"relu", {{{3, 5}, -1, 1, 0, 0.1}}, [](const Vars& x) { return square(relu(x[0])); }},
      {"gelu", {{{9}, -2, 2}}, [](const Vars& x) { return gelu(x[0]); }},
      {"gelu_tanh", {{{9}, -2, 2}}, [](const Vars& x) { return gelu_tanh(x[0]); }},
      {"clamp",
       {{{9}, -1, 1, 0, 0.1}},
       [](const Vars& x) { return square(clamp(x[0], -2, 2)) + clamp(x[0], -0.05, 0.05); }},
      {"normal_cdf", {{{9}, -2, 2}}, [](const Vars& x) { return grad(sum(gelu(x[0]) * x[0]), {x[0]})[0]; }},
      {"rsqrt", {{{5}, 0.5, 2}}, [](const Vars& x) { return rsqrt(x[0]); }},
      {"abs", {{{9}, -1, 1, 0, 0.1}}, [](const Vars& x) { return square(abs(x[0])) + abs(x[0]); }},
      {"sign", {{{9}, -1, 1, 0, 0.1}}, [](const Vars& x) { return sign(x[0]) * x[0]; }},
      {"sin", {{{9}, -3, 3}}, [](const Vars& x) { return sin(x[0]); }},
      {"cos", {{{9}, -3, 3}}, [](const Vars& x) { return cos(x[0]); }},
      {"silu", {{{9}, -3, 3}}, [](const Vars& x) { return silu(x[0]); }},
      {"softplus", {{{9}, -3, 3}}, [](const Vars& x) { return softplus(x[0]); }},
      {"alias", {{{2, 3}}}, [](const Vars& x) { return square(alias(x[0])) * x[0]; }},
      {"stop_gradient", {{{5}}, {{5}, 0, 0, 4}}, [](const Vars& x) { return square(x[0]) * stop_gradient(x[1]); }},
      {"maximum",
       {{{2, 3}, -1, 1, 0, 0.3}, {{3}, -0.1, 0.1}},
       [](const Vars& x) { return square(maximum(x[0], x[1])); }},
      {"minimum",
       {{{2, 1, 3}, -1, 1, 0, 0.3}, {{2, 1}, -0.1, 0.1}},
       [](const Vars& x) { return square(minimum(x[0], x[1])); }},
      {"greater",
       {{{2, 3}, -1, 1, 0, 0.3}, {{3}, -0.1, 0.1}},
       [](const Vars& x) { return greater(x[0], x[1]) * x[0] * x[1]; }},
      {"argmax", {{{3, 4}}}, [](const Vars& x) { return argmax(x[0]) * sum(x[0], {-1}); }},
      {"max", {{{2, 4, 3}}}, [](const Vars& x) { return square(max(x[0], {-2})); }},
      {"min, kept", {{{2, 4, 3}}}, [](const Vars& x) { return x[0] * min(x[0], {-1}, true); }},
      {"cumsum", {{{2, 4, 3}}}, [](const Vars& x) { return square(cumsum(x[0], -2)); }},
      {"cumsum of rows", {{{3, 5}}}, [](const Vars& x) { return square(cumsum(x[0], -1)); }},
      {"log_softmax", {{{2, 4}, -2, 2}}, [](const Vars& x) { return log_softmax(x[0]); }},
      {"log_softmax, mixed", {{{5, 4}, -1000, 1000}}, [](const Vars& x) { return 1e-3 * log_softmax(x[0]); }},
      {"pick", {{{2, 3, 4}}, {{2, 3}, 0, 0, 4}}, [](const Vars& x) { return square(pick(x[0], x[1])); }},
      {"pick, the same for all", {{{2, 3, 4}}, {{3}, 0, 0, 4}}, [](const Vars& x) { return square(pick(x[0], x[1])); }},
      {"place", {{{2, 3}}, {{3}, 0, 0, 4}}, [](const Vars& x) { return square(place(x[0], x[1], 4)); }},
      {"matmul", {{{3, 4}}, {{4, 2}}}, [](const Vars& x) { return matmul(x[0], x[1]); }},
      {"matmul tx", {{{4, 3}}, {{4, 2}}}, [](const Vars& x) { return matmul(x[0], x[1], true); }},
      {"matmul ty", {{{3, 4}}, {{2, 4}}}, [](const Vars& x) { return matmul(x[0], x[1], false, true); }},
      {"matmul tx ty", {{{4, 3}}, {{2, 4}}}, [](const Vars& x) { return matmul(x[0], x[1], true, true); }},
      {"matmul batch", {{{2, 3, 4}}, {{2, 4, 2}}}, [](const Vars& x) { return matmul(x[0], x[1]); }},
      {"matmul batch ty", {{{2, 3, 4}}, {{2, 5, 4}}}, [](const Vars& x) { return matmul(x[0], x[1], false, true); }},
      {"matmul one right side", {{{2, 3, 4}}, {{4, 2}}}, [](const Vars& x) { return matmul(x[0], x[1]); }},
      {"matmul one right side ty",
       {{{2, 3, 4}}, {{2, 4}}},
       [](const Vars& x) { return matmul(x[0], x[1], false, true); }},
      {"matmul one right side tx", {{{2, 4, 3}}, {{4, 2}}}, [](const Vars& x) { return matmul(x[0], x[1], true); }},
      {"matmul one left side", {{{3, 4}}, {{2, 4, 2}}}, [](const Vars& x) { return matmul(x[0], x[1]); }},
      {"matmul batches broadcast", {{{2, 1, 3, 4}}, {{3, 4, 2}}}, [](const Vars& x) { return matmul(x[0], x[1]); }},
      {"dense", {{{5, 4}}, {{4, 3}}, {{3}}}, [](const Vars& x) { return square(dense(x[0], x[1], x[2])); }},
      {"dense with sample axes", {{{2, 3, 4}}, {{4, 3}}, {{3}}}, [](const Vars& x) { return dense(x[0], x[1], x[2]); }},
      {"dense, tanh", {{{5, 4}}, {{4, 3}}, {{3}}}, [](const Vars& x) { return tanh(dense(x[0], x[1], x[2])); }},
      {"dense, relu",
       {{{5, 4}}, {{4, 3}, 1, 2}, {{3}, 5, 6}},
       [](const Vars& x) { return relu(dense(x[0], x[1], x[2])); }},
      {"dense, sigmoid, wide",
       {{{3, 2}}, {{2, 40}}, {{40}}},
       [](const Vars& x) { return sigmoid(dense(x[0], x[1], x[2])); }},
      {"dense of a vector", {{{4}}, {{4, 3}}, {{3}}}, [](const Vars& x) { return dense(x[0], x[1], x[2]); }},
      {"dense of a vector, tanh",
       {{{4}}, {{4, 3}}, {{3}}},
       [](const Vars& x) { return tanh(dense(x[0], x[1], x[2])); }},
      {"dense of a vector, no bias", {{{4}}, {{4, 3}}}, [](const Vars& x) { return square(dense(x[0], x[1])); }},
      {"dense of chains", {{{3, 4}}, {{3, 4, 2}}, {{3, 2}}}, [](const Vars& x) { return dense(x[0], x[1], x[2]); }},
      {"dense of chains, a vector",
       {{{4}}, {{3, 4, 2}}, {{3, 2}}},
       [](const Vars& x) { return dense(x[0], x[1], x[2]); }},
      {"expand",
       {{{3, 1}}},
       [](const Vars& x) {
         return square(expand(x[0], {2, 3, 4}));
       }},
      {"reshape",
       {{{3, 4}}},
       [](const Vars& x) {
         return square(reshape(x[0], {2, 6}));
       }},
      {"permute",
       {{{2, 3, 4}}},
       [](const Vars& x) {
         return square(permute(x[0], {-2, -1, -3}));
       }},
      {"transpose", {{{2, 3, 4}}}, [](const Vars& x) { return square(transpose(x[0])); }},
      {"slice", {{{2, 5, 3}}}, [](const Vars& x) { return square(slice(x[0], -2, 1, 4)); }},
      {"pad", {{{2, 2, 3}}}, [](const Vars& x) { return square(pad(x[0], -2, 1, 2)); }},
      {"concat",
       {{{2, 2, 3}}, {{2, 1, 3}}, {{2, 3, 3}}},
       [](const Vars& x) {
         return square(concat({x[0], x[1], x[2]}, -2));
       }},
      {"sum", {{{2, 3, 4}}}, [](const Vars& x) { return square(sum(x[0], {-2})); }},
      {"sum of columns", {{{7, 3}}}, [](const Vars& x) { return square(sum(x[0], {-2})); }},
      {"sum of all", {{{2, 3}}}, [](const Vars& x) { return square(sum(x[0])); }},
      {"sum of two axes, kept",
       {{{2, 3, 4, 2}}},
       [](const Vars& x) {
         return x[0] * sum(x[0], {-1, -3}, true);
       }},
      {"mean", {{{2, 3, 4}}}, [](const Vars& x) { return square(mean(x[0], {-1})); }},
      {"softmax", {{{2, 4}, -2, 2}}, [](const Vars& x) { return softmax(x[0]); }},
      {"log_sum_exp", {{{2, 4}, -2, 2}}, [](const Vars& x) { return log_sum_exp(x[0]); }},
      {"softmax, large", {{{2, 4}, 998, 1002}}, [](const Vars& x) { return softmax(x[0]); }},
      {"softmax, mixed", {{{5, 4}, -1000, 1000}}, [](const Vars& x) { return softmax(x[0]); }},
      {"log_sum_exp, large", {{{2, 4}, 998, 1002}}, [](const Vars& x) { return log_sum_exp(x[0]); }},
      {"log_sum_exp, very negative", {{{2, 4}, -1002, -998}}, [](const Vars& x) { return log_sum_exp(x[0]); }},
      {"take_rows", {{{4, 3}}, {{2, 3}, 0, 0, 4}}, [](const Vars& x) { return square(take_rows(x[0], x[1])); }},
      {"take_rows of tables",
       {{{2, 4, 3}}, {{5}, 0, 0, 4}},
       [](const Vars& x) { return square(take_rows(x[0], x[1])); }},
      {"add_rows", {{{5, 3}}, {{5}, 0, 0, 4}}, [](const Vars& x) { return square(add_rows(x[0], x[1], 4)); }},
      {"cross_entropy", {{{5, 4}, -2, 2}, {{5}, 0, 0, 4}}, [](const Vars& x) { return cross_entropy(x[0], x[1]); }},
      {"cross_entropy slope",
       {{{5, 4}, -2, 2}, {{5}, 0, 0, 4}},
       [](const Vars& x) { return grad(sum(cross_entropy(x[0], x[1])), {x[0]})[0]; }},
      {"cross_entropy, large",
       {{{5, 4}, 998, 1002}, {{5}, 0, 0, 4}},
       [](const Vars& x) { return cross_entropy(x[0], x[1]); }},
      {"cross_entropy, very negative",
       {{{5, 4}, -1002, -998}, {{5}, 0, 0, 4}},
       [](const Vars& x) { return cross_entropy(x[0], x[1]); }},
      {"cross_entropy, mean",
       {{{5, 4}, -2, 2}, {{5}, 0, 0, 4}},
       [](const Vars& x) { return mean(cross_entropy(x[0], x[1])); }},
      {"cross_entropy of positions",
       {{{2, 3, 4}, -2, 2}, {{2, 3}, 0, 0, 4}},
       [](const Vars& x) { return square(cross_entropy(x[0], x[1])); }},
      {"mse", {{{3, 4}}, {{3, 4}}}, [](const Vars& x) { return square(mse(x[0], x[1])); }},
      {"mse, mean", {{{2, 3, 4}}, {{2, 3, 4}}}, [](const Vars& x) { return mean(mse(x[0], x[1])); }},
      {"layer_norm", {{{3, 5}, -2, 2}}, [](const Vars& x) { return layer_norm(x[0]); }},
      {"rstd", {{{3, 5}, -2, 2}}, [](const Vars& x) { return grad(sum(layer_norm(x[0]) * square(x[0])), {x[0]})[0]; }},
  };
  return list;
}

// The names of the ops that the sources define, whether a program links them or not.
std::set<std::string> written_ops() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(BASIN_SOURCE_DIR "/autodiff")) {
    if (!entry.path().filename().string().starts_with("ops_")) continue;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}}, mark = ".name = \"";
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
      at += mark.size();
      names.insert(text.substr(at, text.find('"', at) - at));
    }
  }
  return names;
}

}  // namespace

TEST_CASE("every op passes the machine, and every op has a sample") {
  std::set<std::string> covered;
  for (const Sample& s : op_samples())
    for (const std::string& op : basin::testing::check_sample(s)) covered.insert(op);
  for (const Op* op : all_ops()) CHECK_MESSAGE(covered.count(std::string(op->name)), op->name, " has no sample");
  for (const std::string& name : written_ops()) CHECK_MESSAGE(covered.count(name), name, " has no sample");
}

TEST_CASE("all ops are on the list, once, and leaves are not") {
  std::set<std::string> listed;
  for (const Op* op : all_ops())
    CHECK_MESSAGE(listed.insert(std::string(op->name)).second, op->name, " is there twice");
  CHECK(listed == written_ops());
}

TEST_CASE("a sample without one of its values is refused by name, not a crash") {
  for (const Sample& s : op_samples())
    for (std::size_t missing = 0; missing < s.inputs.size(); ++missing) {
      if (s.name.starts_with("dense") && missing == 2) continue;  // a layer without bias
      Graph g;
      Vars x;
      for (const auto& in : s.inputs) x.push_back(g.anonymous_input(in.shape));
      x[missing] = Var{};
      CAPTURE(s.name);
      CHECK_THROWS_WITH_AS(s.make(x), doctest::Contains(": an empty handle was given"), NameError);
    }
}

TEST_CASE("third derivatives are right") {
  Graph g;
  Var x = g.input("x", {3});
  Var f = sum(tanh(x) * exp(x));
  Var d1 = grad(f, {x})[0], d2 = grad(sum(d1), {x})[0], d3 = grad(sum(d2), {x})[0];
  Program<double> p(g, {.fetch = {d2, d3}});
  const double h = 1e-5;
  std::vector<double> at{0.3, -0.7, 1.1}, third;
  auto second = [&](double shift) {
    std::vector<double> moved = at;
    for (double& v : moved) v += shift;
    p.feed(x, moved);
    p.run();
    return p.copy(d2).data;
  };
  std::vector<double> up = second(h), down = second(-h);
  second(0);
  for (int i = 0; i < 3; ++i) CHECK(p.view(d3)[i] == doctest::Approx((up[i] - down[i]) / (2 * h)).epsilon(1e-7));
}
