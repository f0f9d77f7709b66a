#include "core/lapack.h"
#include "core/rng.h"
#include "experiments/modularity/modularity_study.h"
#include "nn/data/toy_tasks.h"

#include <numeric>

namespace basin::experiments {
namespace {

nn::Dataset part(const nn::Dataset& data, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), first);
  return nn::take_rows(data, rows);
}

// Uniform over orthogonal matrices: the polar factor of a normal one.
Matrix random_rotation(std::int64_t n, Rng rng) {
  Matrix a({n, n});
  rng.fill_normal(a.data);
  const Svd s = svd(a);
  return matmul(s.U, s.Vt);
}

Tensor<float> turned(const Tensor<float>& rows, const Matrix& rotation) {
  return cast<float>(matmul(cast<double>(rows), rotation, false, true));
}

}  // namespace

nn::Split modular_task(const ModularitySpec& spec, std::uint64_t seed, bool entangled) {
  nn::ToyOptions o{.blocks = spec.blocks,
                   .inputs = spec.inputs,
                   .outputs = spec.outputs,
                   .samples = spec.rows + spec.test_rows,
                   .noise = spec.noise,
                   .entangled = entangled,
                   .seed = seed};
  const nn::Dataset noisy = nn::teacher_blocks(o).data;
  o.noise = 0;
  return {part(noisy, 0, spec.rows), part(nn::teacher_blocks(o).data, spec.rows, spec.test_rows)};
}

nn::Split rotated_task(const nn::Split& task, std::uint64_t seed) {
  const Matrix in = random_rotation(task.train.inputs(), {seed, "modularity/rotation/inputs"});
  const Matrix out = random_rotation(task.train.outputs(), {seed, "modularity/rotation/outputs"});
  nn::Split turned_task = task;
  for (nn::Dataset* data : {&turned_task.train, &turned_task.test}) {
    data->x = turned(data->x, in);
    data->y = turned(data->y, out);
  }
  return turned_task;
}

}  // namespace basin::experiments
