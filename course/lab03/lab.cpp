#include "lab.h"

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "nn/data/digits.h"
#include "nn/data/minibatches.h"

namespace lab {

Network new_network() {
  basin::Model model =
      basin::nn::mlp({.widths = {64, 32, 16, 10}, .init = basin::nn::Init::he}, basin::nn::Loss::cross_entropy);
  basin::Parameters<double> theta(basin::parameters_of(model));
  theta.start(student_rng("lab03 start").next_u64());
  return {model, theta};
}

Inputs training_digits() { return basin::nn::inputs_of(basin::nn::load_digits().train); }
Inputs test_digits() { return basin::nn::inputs_of(basin::nn::load_digits().test); }

Inputs take(const Inputs& data, std::int64_t first, std::int64_t count) {
  Inputs some;
  for (const auto& [name, all] : data) {
    basin::Shape shape = all.shape;
    const std::int64_t row = all.size() / shape[0];
    shape[0] = count;
    const auto from = all.data.begin() + first * row;
    some[name] = {shape, std::vector<double>(from, from + count * row)};
  }
  return some;
}

void feed(Program<double>& program, const Inputs& data) {
  for (const auto& [name, values] : data)
    if (program.has(program.graph()[name])) program.feed(name, values.data);
}

Matrix look([[maybe_unused]] const Network& net, [[maybe_unused]] const Inputs& data,
            [[maybe_unused]] const std::string& name) {
  //@ nowrong look: it is one program; what can go wrong in it is an error that basin reports
  //@ solution look
  Graph g;
  net.model.trace(g, basin::rows_of(data, "look"));
  Program<double> program(g, {.fetch = {g[name]}}, net.theta.bindings(g));
  feed(program, data);
  program.run();
  return program.copy(name);
  //@ stub
  todo("look", "trace the model for the rows of the data, plan a Program that fetches g[name], feed, run, copy");
  //@ end
}

ProgramSpec wanted([[maybe_unused]] Graph& g, [[maybe_unused]] const Ends& ends) {
  //@ solution wanted
  const Var loss = mean(ends.loss);
  return {.fetch = {loss}, .flat = basin::grad(loss, g.parameter_values())};
  //@ stub
  todo("wanted", "fetch the mean of ends.loss, and put its gradient by g.parameter_values() under flat");
  //@ end
}

double step([[maybe_unused]] Network& net, [[maybe_unused]] basin::Runner<double>& runner,
            [[maybe_unused]] const Inputs& data, [[maybe_unused]] std::span<const std::int64_t> rows,
            [[maybe_unused]] double rate) {
  //@ solution step
  const auto& batch = runner.run(data, rows);
  const std::span<const double> gradient = batch.program->flat();
  const std::span<double> theta = net.theta.flat();
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] -= rate * gradient[i];
  return batch.program->scalar(batch.spec.fetch[0]);
  //@ stub
  todo("step", "run the rows, then move net.theta.flat() against program->flat()");
  //@ end
}

std::vector<double> train(Network& net, const Inputs& data, int epochs, double rate) {
  basin::Runner<double> runner(net.model, net.theta, wanted);
  const std::int64_t rows = basin::rows_of(data, "train");
  const basin::nn::Minibatches batches(rows, 32, student_rng("lab03 order").next_u64());
  std::vector<double> losses;
  for (int e = 0; e < epochs; ++e) {
    double sum = 0;
    for (const auto batch : batches.epoch(e)) sum += step(net, runner, data, batch, rate) * double(batch.size());
    losses.push_back(sum / double(rows));
  }
  return losses;
}

Matrix patched([[maybe_unused]] const Network& net, [[maybe_unused]] const Inputs& data,
               [[maybe_unused]] const std::string& name, [[maybe_unused]] const Matrix& values) {
  //@ solution patched
  Graph g;
  const Ends ends = net.model.trace(g, basin::rows_of(data, "patched"));
  Program<double> program(g, {.fetch = {ends.output}, .feed = {g[name]}}, net.theta.bindings(g));
  feed(program, data);
  program.feed(name, values.data);
  program.run();
  return program.copy(ends.output);
  //@ stub
  todo("patched", "a Program that fetches ends.output and lists g[name] under feed; feed it the values");
  //@ end
}

std::vector<double> repairs([[maybe_unused]] const Network& broken, [[maybe_unused]] const Network& healthy,
                            [[maybe_unused]] const Inputs& data, [[maybe_unused]] const std::string& name) {
  //@ solution repairs
  const Matrix bad = look(broken, data, name), good = look(healthy, data, name);
  std::vector<double> losses;
  for (std::int64_t j = 0; j < bad.cols(); ++j) {
    Matrix mixed = bad;
    for (std::int64_t row = 0; row < bad.rows(); ++row) mixed(row, j) = good(row, j);
    losses.push_back(mean_loss(patched(broken, data, name, mixed), data));
  }
  return losses;
  //@ stub
  todo("repairs", "the layer of the broken network with column j from the healthy one, patched into the broken one");
  //@ end
}

Matrix saliency([[maybe_unused]] const Network& net, [[maybe_unused]] const Inputs& data) {
  //@ solution saliency
  Graph g;
  const Ends ends = net.model.trace(g, basin::rows_of(data, "saliency"));
  const Var slope = basin::grad(sum(pick(ends.output, g["t"])), {g["x"]})[0];
  Program<double> program(g, {.fetch = {slope}}, net.theta.bindings(g));
  feed(program, data);
  program.run();
  return program.copy(slope);
  //@ stub
  todo("saliency", "pick(ends.output, t) are the logits of the rows' own digits; the gradient of their sum by x");
  //@ end
}

double mean_loss(const Matrix& logits, const Inputs& data) {
  double sum = 0;
  for (std::int64_t i = 0; i < logits.rows(); ++i) {
    const auto row = logits.row(i);
    const double top = *std::ranges::max_element(row);
    double total = 0;
    for (const double z : row) total += std::exp(z - top);
    sum += top + std::log(total) - row[std::size_t(data.at("t")[i])];
  }
  return sum / double(logits.rows());
}

double accuracy(const Matrix& logits, const Inputs& data) {
  double right = 0;
  for (std::int64_t i = 0; i < logits.rows(); ++i)
    right += double(std::ranges::max_element(logits.row(i)) - logits.row(i).begin()) == data.at("t")[i];
  return right / double(logits.rows());
}

Network with_broken_neurons(Network net, const std::vector<std::int64_t>& neurons) {
  for (const std::int64_t j : neurons) net.theta["layers.0.bias"][std::size_t(j)] += 3;
  return net;
}

}  // namespace lab
