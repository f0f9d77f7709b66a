#include "lab.h"

#include <algorithm>
#include <cmath>

#include "common/course.h"
#include "core/lapack.h"
#include "nn/data/digits.h"
#include "nn/supervised.h"
#include "nn/train.h"

namespace lab {

using basin::matmul;
using basin::transpose;
namespace interp = basin::interp;
namespace nn = basin::nn;

// ---- Given ----------------------------------------------------------------------------------------------------------

Digits digits(interp::BasisKind kind) {
  const nn::Dataset data = nn::load_digits().train;
  nn::TrainSpec how{.epochs = 20, .seed = student_rng("lab09 digits").below(1000000)};
  how.schedule.rate = 3e-3;
  nn::Trainer<float> trainer(nn::mlp({.widths = {64, 20, 20, 10}}, nn::Loss::cross_entropy), how, nn::inputs_of(data));
  trainer.run_to(how.epochs);
  interp::DenseNetwork network =
      interp::dense_network({trainer.model(), basin::cast<double>(trainer.parameters())}, "layers.2.pre");
  std::vector<interp::NodeLayer> layers = interp::node_layers(network);
  Digits d;
  d.model = std::make_shared<interp::FoldedModel>(std::move(network.model), std::move(layers));
  d.inputs = {{"x", nn::analysis_inputs(data, data.size())}};
  d.bases = interp::interaction_bases(
      *d.model, d.inputs, {.kind = kind, .center = false, .truncation = {.threshold = 1e-10, .relative = true}});
  d.scoring = {interp::ScoreKind::accuracy, basin::cast<double>(data.y)};
  constexpr std::int64_t l = section_of_digits;
  d.section = {matmul(d.bases[l].C_pinv, d.model->dense(l)->weight), d.bases[l + 1].C};
  Matrix x({data.size(), d.model->width(l)}, 1.0);
  interp::sweep(d.model->model(), d.inputs, {.fetch = {d.model->layers()[l].value}}, {},
                [&](const interp::Chunk& chunk) {
                  const Matrix f = chunk.table(0);
                  for (std::int64_t s = 0; s < f.rows(); ++s)
                    std::ranges::copy(f.row(s), x.row(chunk.first + s).begin());
                });
  d.features = matmul(x, d.bases[l].C);
  d.rest = matmul(d.bases[l + 1].C_pinv, d.model->dense(l + 1)->weight);
  return d;
}

double Digits::accuracy(const Matrix& next) const { return scoring.sum(0, matmul(next, rest)) / double(next.rows()); }

// ---- Tasks ----------------------------------------------------------------------------------------------------------

Matrix squared_edges([[maybe_unused]] const Section& section, [[maybe_unused]] const Matrix& features) {
  //@ solution squared_edges
  const Matrix p = matmul(features, section.A);
  Matrix E({section.D.cols(), features.cols()});
  for (std::int64_t s = 0; s < features.rows(); ++s) {
    Matrix firing = section.A;  // the columns of silent neurons are 0
    for (std::int64_t k = 0; section.relu && k < p.cols(); ++k)
      for (std::int64_t j = 0; p(s, k) <= 0 && j < firing.rows(); ++j) firing(j, k) = 0;
    const Matrix J = transpose(matmul(firing, section.D));
    for (std::int64_t i = 0; i < E.rows(); ++i)
      for (std::int64_t j = 0; j < E.cols(); ++j)
        E(i, j) += J(i, j) * J(i, j) * features(s, j) * features(s, j) / double(features.rows());
  }
  return E;
  //@ stub
  todo("squared_edges", "for each sample J = (A diag(a') D)^T, then add (J_ij f^_j)^2 / n (docs/theory.md §5.4)");
  //@ end
}

Matrix masked([[maybe_unused]] const Section& section, [[maybe_unused]] const Matrix& features,
              [[maybe_unused]] const Matrix& mask) {
  //@ solution masked
  Matrix next({features.rows(), section.D.cols()});
  for (std::int64_t i = 0; i < next.cols(); ++i) {
    Matrix own = section.A;  // of the features that i does not see nothing is read
    for (std::int64_t j = 0; j < own.rows(); ++j)
      for (std::int64_t k = 0; k < own.cols(); ++k) own(j, k) *= mask(i, j);
    const Matrix p = matmul(features, own);
    for (std::int64_t s = 0; s < p.rows(); ++s)
      for (std::int64_t k = 0; k < p.cols(); ++k)
        next(s, i) += (section.relu ? std::max(p(s, k), 0.0) : p(s, k)) * section.D(k, i);
  }
  return next;
  //@ stub
  todo("masked", "for each i: p = f^ A with the features that row i of the mask lets through, then relu(p) D (§5.5)");
  //@ end
}

Matrix largest([[maybe_unused]] const Matrix& E, [[maybe_unused]] std::int64_t kept) {
  //@ solution largest
  Matrix mask(E.shape);
  if (kept <= 0) return mask;
  std::vector<double> sorted = E.data;
  std::ranges::sort(sorted, std::greater<>());
  const double smallest = sorted[std::size_t(kept - 1)];
  for (std::int64_t e = 0; e < E.size(); ++e) mask[e] = E[e] >= smallest;
  return mask;
  //@ stub
  todo("largest", "sort the edges; the mask is 1 from the kept-th largest upwards, with its equals (§5.5)");
  //@ end
}

std::int64_t fewest([[maybe_unused]] std::int64_t n,
                    [[maybe_unused]] const std::function<bool(std::int64_t kept)>& holds) {
  //@ solution fewest
  std::int64_t good = n, bad = -1;  // good holds; bad does not, or is below all that can be asked for
  while (good - bad > 1) {
    const std::int64_t middle = bad + (good - bad) / 2;
    (holds(middle) ? good : bad) = middle;
  }
  return good;
  //@ stub
  todo("fewest",
       "keep one number that holds and one that does not, and ask in the middle until they are neighbours (§5.5)");
  //@ end
}

double effective_edges([[maybe_unused]] const Matrix& E) {
  //@ solution effective_edges
  double all = 0, entropy = 0;
  for (const double e : E.data) all += e;
  for (const double e : E.data)
    if (e > 0) entropy -= e / all * std::log(e / all);
  return all > 0 ? std::exp(entropy) : 0;
  //@ stub
  todo("effective_edges", "exp of the entropy of q = E / sum E, edges of 0 left out (§5.6)");
  //@ end
}

}  // namespace lab
