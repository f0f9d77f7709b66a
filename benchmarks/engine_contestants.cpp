// W1 and W2 as a user runs them: a traced network, a planned program, an optimizer over the flat vector.
#include <cmath>
#include <memory>

#include "autodiff/transform.h"
#include "benchmarks/contestants.h"
#include "nn/init.h"
#include "nn/optim.h"
#include "nn/supervised.h"

namespace basin::benchmarks {
namespace {

struct Engine {
  Engine(const nn::MlpSpec& spec, std::int64_t rows, nn::Loss loss, const nn::OptimizerSpec& optimizer)
      : model(graph, rows, spec, loss),
        params(model.net.params),
        program(graph, {.fetch = {model.loss}, .flat = grad(model.loss, model.net.params)}, params.bindings()),
        update(optimizer, params.size()) {
    nn::initialize(params, nn::Init::he, 1);
    std::span<float> x = program.input(model.x), t = program.input(model.t);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = float(std::sin(double(i) * 0.7));
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = float(i % 10);
  }
  void step() {
    program.run();
    update.update(params.flat(), program.flat(), 1e-3);
  }

  Graph graph;
  nn::Supervised model;
  Parameters<float> params;
  Program<float> program;
  nn::Optimizer<float> update;
};

const nn::OptimizerSpec sgd{.kind = nn::OptimizerKind::sgd}, adam{};
const nn::MlpSpec w1_tanh{{8, 16, 16, 4}, nn::Activation::tanh}, w1_relu{{8, 16, 16, 4}, nn::Activation::relu},
    w2{{784, 128, 128, 10}, nn::Activation::relu};

void add(const char* workload, const nn::MlpSpec& spec, std::int64_t rows, nn::Loss loss,
         const nn::OptimizerSpec& optimizer) {
  const auto make = [=] { return std::make_shared<Engine>(spec, rows, loss, optimizer); };
  contestants().push_back({workload, "basin", false, 0, [make] {
                             auto engine = make();
                             return [engine](long iterations) {
                               for (long i = 0; i < iterations; ++i) engine->step();
                             };
                           }});
  contestants().push_back({std::string(workload) + " trace and plan", "basin", true, 0, [make] {
                             return [make](long iterations) {
                               for (long i = 0; i < iterations; ++i) make();
                             };
                           }});
}

const Register entry([] {
  add("W1 tanh", w1_tanh, 32, nn::Loss::mse, sgd);
  add("W1 relu", w1_relu, 32, nn::Loss::mse, sgd);
  add("W2", w2, 64, nn::Loss::cross_entropy, adam);
});

}  // namespace
}  // namespace basin::benchmarks
