// W1 and W2 by hand, over OpenBLAS and over core/small_gemm.h.
#include <algorithm>
#include <cmath>
#include <memory>

#include "benchmarks/contestants.h"
#include "benchmarks/hand_written.h"

namespace basin::benchmarks {
namespace {

Run steps(std::shared_ptr<HandMlp> net) {
  for (std::size_t i = 0; i < net->x().size(); ++i) net->x()[i] = float(std::sin(double(i) * 0.7));
  for (std::size_t i = 0; i < net->t().size(); ++i) net->t()[i] = float(i % 10);
  return [net](long iterations) {
    for (long i = 0; i < iterations; ++i) net->step();
  };
}

Run w1(Activation activation, Gemm gemm) {
  return steps(std::make_shared<HandMlp>(std::vector<std::int64_t>{8, 16, 16, 4}, 32, activation, Loss::mse,
                                         Optimizer::sgd, gemm));
}

Run w2(Gemm gemm) {
  return steps(std::make_shared<HandMlp>(std::vector<std::int64_t>{784, 128, 128, 10}, 64, Activation::relu,
                                         Loss::cross_entropy, Optimizer::adam, gemm));
}

void add_workloads() {
  const auto add = [](const char* workload, auto make) {
    contestants().push_back({workload, "hand", true, 0, [make] { return make(Gemm::small_gemm); }});
    contestants().push_back({workload, "hand openblas", false, 0, [make] { return make(Gemm::openblas); }});
  };
  add("W1 tanh", [](Gemm gemm) { return w1(Activation::tanh, gemm); });
  add("W1 relu", [](Gemm gemm) { return w1(Activation::relu, gemm); });
  add("W2", w2);
}

// Three Adam steps against PyTorch's formulas written the long way: the largest difference of a parameter.
double adam_error() {
  HandMlpOf<double> net({5, 17, 3}, 6, Activation::tanh, Loss::cross_entropy, Optimizer::adam);
  for (std::size_t i = 0; i < net.x().size(); ++i) net.x()[i] = std::sin(1.3 * double(i));
  std::vector<double> w(net.parameters().begin(), net.parameters().end()), m(w.size()), v(w.size());
  double worst = 0;
  for (int step = 1; step <= 3; ++step) {
    net.step();
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double g = net.gradients()[i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      const double m_hat = m[i] / (1 - std::pow(0.9, step)), v_hat = v[i] / (1 - std::pow(0.999, step));
      w[i] -= 1e-3 * m_hat / (std::sqrt(v_hat) + 1e-8);
      worst = std::max(worst, std::abs(w[i] - net.parameters()[i]));
    }
  }
  return worst;
}

void add_checks() {
  checks().push_back({"hand-written Adam against its formulas", 1e-12, adam_error});
  for (Gemm gemm : {Gemm::openblas, Gemm::small_gemm})
    for (Activation activation : {Activation::tanh, Activation::relu})
      for (Loss loss : {Loss::mse, Loss::cross_entropy})
        checks().push_back({std::string("hand-written gradient against finite differences, ") +
                                (activation == Activation::tanh ? "tanh, " : "relu, ") +
                                (loss == Loss::mse ? "mse" : "cross-entropy") +
                                (gemm == Gemm::openblas ? ", openblas" : ", small_gemm"),
                            1e-8, [=] { return gradient_error(activation, loss, gemm); }});
}

const Register workloads(add_workloads), self_checks(add_checks);

}  // namespace
}  // namespace basin::benchmarks
