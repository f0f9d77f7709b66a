// W1, W2 and W6 as a user runs them: a traced network, a planned program, an optimizer over the flat vector, and the
// Gram matrix of parameter gradients through a sweep.
#include <cblas.h>

#include <cmath>
#include <memory>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "benchmarks/contestants.h"
#include "core/rng.h"
#include "interp/jacobian/gauss_newton.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "interp/layers/relu_net.h"
#include "nn/optim.h"
#include "nn/supervised.h"

namespace basin::benchmarks {
namespace {

struct Workload {
  nn::MlpSpec spec;
  std::int64_t rows;
  nn::Loss loss;
  nn::OptimizerSpec optimizer;
};
const nn::OptimizerSpec sgd{.kind = nn::OptimizerKind::sgd}, adam{};
const Workload w1_tanh{{{8, 16, 16, 4}, nn::Activation::tanh, true, nn::Init::he}, 32, nn::Loss::mse, sgd},
    w1_relu{{{8, 16, 16, 4}, nn::Activation::relu, true, nn::Init::he}, 32, nn::Loss::mse, sgd},
    w2{{{784, 128, 128, 10}, nn::Activation::relu, true, nn::Init::he}, 64, nn::Loss::cross_entropy, adam};

// What a program needs to exist: tracing, derivatives, planning.
struct Traced {
  Traced(const Workload& w, const Parameters<float>& params)
      : loss(mean(nn::mlp(w.spec, w.loss).trace(graph, w.rows).loss)),
        program(graph, {.fetch = {loss}, .flat = grad(loss, graph.parameter_values())}, params.bindings(graph)) {}
  Graph graph;
  Var loss;
  Program<float> program;
};

struct Engine {
  explicit Engine(const Workload& w)
      : params(parameters_of(nn::mlp(w.spec, w.loss))), traced(w, params), update(w.optimizer, params.size()) {
    params.start(1);
    std::span<float> x = traced.program.input("x"), t = traced.program.input("t");
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = float(std::sin(double(i) * 0.7));
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = float(i % 10);
  }
  void step() {
    traced.program.run();
    update.update(params.flat(), traced.program.flat(), 1e-3);
  }
  Parameters<float> params;
  Traced traced;
  nn::Optimizer<float> update;
};

void add(const std::string& name, const Workload& w) {
  contestants().push_back({name, "basin", false, 0, [w] {
                             auto engine = std::make_shared<Engine>(w);
                             return [engine](long iterations) {
                               for (long i = 0; i < iterations; ++i) engine->step();
                             };
                           }});
  contestants().push_back({name + " trace and plan", "basin", true, 0, [w] {
                             auto params = std::make_shared<Parameters<float>>(parameters_of(nn::mlp(w.spec, w.loss)));
                             return [w, params](long iterations) {
                               for (long i = 0; i < iterations; ++i) Traced(w, *params);
                             };
                           }});
}

// One thread, double: J Jᵀ of W2's network with 512 samples and one output, by layer factors and from all of J.
struct Gram {
  Gram() : inputs{{"x", Tensor<double>(Shape{512, 784})}} {
    const std::vector<std::int64_t> widths{784, 128, 128, 1};
    Rng rng(1, "benchmark");
    interp::ReluNet net;
    for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
      net.weights.emplace_back(Shape{widths[l + 1], widths[l]});
      rng.fill_normal(net.weights.back().data, std::sqrt(2.0 / double(widths[l])));
      net.biases.emplace_back(widths[l + 1], 0.01);
    }
    rng.fill_normal(inputs.begin()->second.data);
    network = interp::dense_network(net);
  }
  void structured() const { interp::jacobian_gram(network, inputs); }
  void materialised() const {
    const Matrix j = interp::parameter_jacobian(network, inputs);
    Matrix out(Shape{512, 512});
    const int n = 512, width = int(j.shape[1]);
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, n, width, 1, j.data.data(), width, 0, out.data.data(), n);
  }
  interp::DenseNetwork network;
  Inputs inputs;
};

template <class F>
void add_gram(const char* name, bool yardstick, F run) {
  contestants().push_back({"W6 basin", name, yardstick, 0, [run] {
                             auto gram = std::make_shared<Gram>();
                             return [gram, run](long iterations) {
                               for (long i = 0; i < iterations; ++i) run(*gram);
                             };
                           }});
}

const Register entry([] {
  add("W1 tanh", w1_tanh);
  add("W1 relu", w1_relu);
  add("W2", w2);
  add_gram("structured", true, [](const Gram& g) { g.structured(); });
  add_gram("materialised", false, [](const Gram& g) { g.materialised(); });
});

}  // namespace
}  // namespace basin::benchmarks
