#include "experiments/training/training_degeneracy.h"

#include "core/npz.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {

std::vector<CheckpointDegeneracy> degeneracy_over_training(const std::vector<nn::Checkpoint>& checkpoints,
                                                           const Matrix& x, std::int64_t jacobian_rows, int threads,
                                                           const std::function<void(std::int64_t)>& done) {
  std::vector<CheckpointDegeneracy> measured;
  for (const nn::Checkpoint& c : checkpoints) {
    measured.push_back(
        {interp::spectral_counts(interp::read_relu_net(c.path), x, jacobian_rows, epsilon_grid, {.threads = threads}),
         c.epoch});
    done(std::int64_t(measured.size()));
  }
  return measured;
}

void write_counts(const std::string& path, const std::vector<CheckpointDegeneracy>& training) {
  NpzWriter file;
  const auto epoch = [](const CheckpointDegeneracy& c) { return double(c.epoch); };
  file.add("epoch", Matrix({std::int64_t(training.size())}, values(training, epoch)));
  interp::add_counts(file, {training.begin(), training.end()}, epsilon_grid);
  file.save(path);
}

}  // namespace basin::experiments
