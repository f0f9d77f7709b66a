// Parts of a batch side by side: the same bytes for any number of threads, and the same errors.
#include <doctest/doctest.h>

#include <limits>

#include "nn/data/toy_tasks.h"
#include "tests/core/temp_folder.h"
#include "tests/nn/small_training.h"

using namespace basin;
using namespace basin::nn;
using doctest::Contains;

namespace {

const Split& rows_for_threads() {  // 80 rows to learn from: batches of 19, the last of 4; parts of 5, the last of 4
  static const Split data = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 100}).data, 0.8, 1);
  return data;
}

MlpTraining training(int threads) {
  return {{.schedule = {.rate = 1e-2}, .epochs = 8, .batch = 19, .micro_batch = 5, .threads = threads},
          {.widths = {6, 8, 2}, .activation = Activation::tanh}};
}

}  // namespace

TEST_CASE_TEMPLATE("training is equal to the byte for 1, 2, 3 and more threads than parts", T, float, double) {
  const TempFolder folder;
  for (double clip : {0.0, 0.1}) {
    std::vector<std::string> files;
    std::vector<double> losses;
    for (int threads : {1, 2, 3, 9}) {
      MlpTraining spec = training(threads);
      spec.clip = clip;
      auto trainer = trainer_of<T>(spec, rows_for_threads());
      run_steps(trainer, 33);
      files.push_back(bytes_of(trainer, folder / "a.safetensors")), losses.push_back(trainer.last_loss());
    }
    for (std::size_t i = 1; i < files.size(); ++i) {
      CHECK(files[i] == files[0]);
      CHECK(losses[i] == losses[0]);
    }
  }
}

TEST_CASE("a run goes on with another number of threads as if it had always had it") {
  const TempFolder folder;
  auto whole = trainer_of<float>(training(1), rows_for_threads()),
       first = trainer_of<float>(training(3), rows_for_threads()),
       second = trainer_of<float>(training(2), rows_for_threads());
  run_steps(whole, 40), run_steps(first, 17);
  REQUIRE(first.step_in_epoch() > 0);
  first.save(folder / "half.safetensors"), second.resume(folder / "half.safetensors");
  run_steps(second, 23);
  CHECK(bytes_of(second, folder / "b.safetensors") == bytes_of(whole, folder / "a.safetensors"));
}

TEST_CASE("on threads too, NaN stops training by name, and nothing of the step is counted") {
  for (int threads : {1, 3}) {
    auto trainer = trainer_of<float>(training(threads), rows_for_threads());
    trainer.step();
    trainer.parameters()["layers.1.bias"][0] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH_AS(trainer.step(), Contains("NaN or Inf first appears in 'layers.1.bias'"), NumericalError);
    CHECK(trainer.last_loss() == 0);
    CHECK(trainer.step_in_epoch() == 1);
  }
  CHECK_THROWS_WITH_AS(trainer_of<float>(training(0), rows_for_threads()), Contains("threads must be 1 or more"),
                       UsageError);
}
