// Configs as text, and the models that they rebuild.
#include "nn/config.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "nn/supervised.h"
#include "nn/transformer.h"

using namespace basin;
using namespace basin::nn;
using doctest::Contains;

TEST_CASE("a config rebuilds the model that wrote it") {
  const MlpSpec spec{.widths = {4, 3, 2}, .activation = Activation::tanh, .bias = false};
  const Model net = mlp(spec, Loss::mse);
  const Model again = model_from(net.config);
  CHECK(again.config == net.config);
  CHECK(parameters_of(again).size() == 2);
  const Model attention =
      transformer({.d_model = 4, .n_heads = 2, .d_head = 2, .d_mlp = 8, .d_vocab = 5, .d_vocab_out = 5, .n_ctx = 3});
  CHECK(model_from(attention.config).config == attention.config);
}

TEST_CASE("a config that rebuilds nothing is refused by key") {
  const auto refused = [](const std::string& key, const std::string& value, const char* part) {
    auto config = mlp({.widths = {4, 3, 2}}, Loss::mse).config;
    config[key] = value;
    if (value.empty()) config.erase(key);
    CHECK_THROWS_WITH_AS(model_from(config), Contains(part), DataError);
  };
  refused("model", "", "model: there is no 'model' in the config");
  refused("model", "cnn", "'model' is 'cnn' in the config; wanted mlp, transformer or superposition");
  refused("widths", "", "mlp: there is no 'widths' in the config");
  for (const char* widths : {"4,,2", "4,3,", ",4", "4 3", "x", "4;2"})
    refused("widths", widths, "in the config; wanted whole numbers between commas");
  refused("widths", "4", "the config of an mlp: ");
  refused("widths", "4,0", "the config of an mlp: ");
  refused("activation", "step", "the config of an mlp: ");
  refused("bias", "true", "'bias' is 'true' in the config; wanted yes or no");
  refused("loss", "hinge", "'loss' is 'hinge' in the config; wanted mse or cross_entropy");
}
