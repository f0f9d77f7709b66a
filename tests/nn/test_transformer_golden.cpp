// Logits, losses and gradients against PyTorch's (tests/golden/make_transformers.py).
#include <doctest/doctest.h>

#include "autodiff/ops.h"
#include "autodiff/runner.h"
#include "autodiff/transform.h"
#include "nn/import.h"
#include "tests/largest_difference.h"
#include "tests/nn/golden_transformers.h"

using namespace basin;
using namespace basin::nn;

namespace {

template <class T>
double distance(std::span<const T> got, const Tensor<double>& want) {
  return largest_difference(got, want.data, beside_one);
}

// Logits, loss and the gradient of the mean loss for every parameter, in the order of the flat vector.
ProgramSpec everything(Graph& graph, const Ends& ends) {
  ProgramSpec wanted{.fetch = grad(mean(ends.loss), graph.parameter_values())};
  wanted.fetch.push_back(ends.output), wanted.fetch.push_back(ends.loss);
  return wanted;
}

template <class T>
void check_variant(const std::string& name, double tolerance) {
  CAPTURE(name);
  const GoldenTransformer golden(name);
  const Parameters<T> parameters = cast<T>(golden.parameters);
  Runner<T> runner(golden.model, parameters, everything);
  auto& batch = runner.run(golden.data, 0, golden.rows());
  CHECK(distance(batch.program->view("logits"), golden.arrays.at("logits")) < tolerance);
  CHECK(distance(batch.program->view("loss"), golden.arrays.at("loss")) < tolerance);
  std::size_t gradients = 0;
  for (const auto& [key, array] : golden.arrays) gradients += key.starts_with("d_");
  REQUIRE(gradients == parameters.slices().size());
  for (std::size_t i = 0; i < gradients; ++i) {
    const std::string& parameter = parameters.slices()[i].name;
    CHECK_MESSAGE(distance(batch.program->view(batch.spec.fetch[i]), golden.arrays.at("d_" + parameter)) < tolerance,
                  "gradient of ", parameter);
  }
}

}  // namespace

TEST_CASE("transformers of every variant have PyTorch's logits, losses and gradients") {
  for (const auto& [name, spec] : golden_specs()) check_variant<double>(name, 1e-12), check_variant<float>(name, 2e-5);
}

TEST_CASE("an imported network of one block and its values on the way are PyTorch's") {
  const GoldenTransformer golden("modadd");
  const ImportedTransformer read =
      import_transformer(golden_transformers + "modadd_weights.npz", {.last_position = true});
  CHECK(read.spec == golden.spec);
  CHECK(std::ranges::equal(read.parameters.flat(), golden.parameters.flat()));
  const std::map<std::string, std::string> places{{"resid_pre", "blocks.0.hook_resid_pre"},
                                                  {"resid_mid", "blocks.0.hook_resid_mid"},
                                                  {"mlp_post", "blocks.0.mlp.hook_post"},
                                                  {"resid_post", "blocks.0.hook_resid_post"},
                                                  {"pattern", "blocks.0.attn.hook_pattern"}};
  Runner<double> runner(read.model, read.parameters, [](Graph&, const Ends& ends) {
    return ProgramSpec{.fetch = {ends.output}, .memory = Memory::keep, .fuse = false};
  });
  const auto& program = *runner.run(golden.data, 0, golden.rows()).program;
  for (const auto& [stored, name] : places) {
    CAPTURE(name);
    const Tensor<double> got = program.copy(name), &want = golden.arrays.at("seen." + stored);
    // What has one position here is the last of PyTorch's.
    const std::int64_t width = got.cols(), each = got.rows() / (stored == "pattern" ? 12 : golden.rows());
    const std::int64_t groups = got.rows() / each, of = want.rows() / groups;
    double worst = 0;
    for (std::int64_t r = 0; r < got.rows(); ++r)
      for (std::int64_t j = 0; j < width; ++j)
        worst = worse(worst, std::abs(got(r, j) - want(r / each * of + of - each + r % each, j)));
    CHECK(worst < 1e-13);
  }
}
