// Lab 03: a network on handwritten digits: look into it, train it, put values into it, ask which pixels matter.
#pragma once
#include <string>
#include <vector>

#include "autodiff/runner.h"
#include "common/course.h"
#include "nn/supervised.h"

namespace lab {

using basin::Ends;
using basin::Graph;
using basin::Inputs;
using basin::Matrix;
using basin::Program;
using basin::ProgramSpec;
using basin::Var;

// 64 pixels, 32 and 16 hidden neurons (ReLU), 10 digits. Its values are x [rows, 64], t [rows] (the digits),
// layers.0.pre, layers.0.post [rows, 32], layers.1.pre, layers.1.post [rows, 16], layers.2.pre [rows, 10] (the logits)
// and loss [rows] (cross-entropy); its parameters layers.0.weight [64, 32], layers.0.bias [32], …
struct Network {
  basin::Model model;
  basin::Parameters<double> theta;  // all parameters in one flat vector, with named slices
};
Network new_network();  // with the student's own start

// The handwritten digits: 1,437 for training, 360 for testing, or rows of them.
Inputs training_digits();
Inputs test_digits();
Inputs take(const Inputs& data, std::int64_t first, std::int64_t count);

// Feeds those inputs of the data that the program needs.
void feed(Program<double>& program, const Inputs& data);

// Fetch: what the value `name` is for all rows of the data.
Matrix look(const Network& net, const Inputs& data, const std::string& name);

// What a step of training computes: the mean of the loss over the rows, to fetch, and under `flat` its derivatives by
// all parameters, in the order of g.parameter_values().
ProgramSpec wanted(Graph& g, const Ends& ends);

// One step of gradient descent, θ ← θ − rate · gradient, on those rows of the data. `runner` computes what wanted()
// says, at the parameters of `net`. Returns the mean loss before the step.
double step(Network& net, basin::Runner<double>& runner, const Inputs& data, std::span<const std::int64_t> rows,
            double rate);

// Steps over all rows in batches of 32, in an order of the student's own. Returns the mean loss of each epoch.
std::vector<double> train(Network& net, const Inputs& data, int epochs, double rate = 0.1);

// Feed: the logits [rows, 10] if the value `name` were `values`, of its shape; what comes behind it is computed by
// `net`, row by row.
Matrix patched(const Network& net, const Inputs& data, const std::string& name, const Matrix& values);

// The mean loss of the broken network if neuron j of the layer `name`, and nothing else, has the values that it has in
// the healthy network; for each neuron j.
std::vector<double> repairs(const Network& broken, const Network& healthy, const Inputs& data, const std::string& name);

// Differentiate: the derivative of the logit of each row's own digit t by the pixels of that row, [rows, 64].
Matrix saliency(const Network& net, const Inputs& data);

// Of logits [rows, 10] and the digits of the data: the mean cross-entropy, and the share of rows whose largest logit is
// the digit.
double mean_loss(const Matrix& logits, const Inputs& data);
double accuracy(const Matrix& logits, const Inputs& data);

// The network with 3 added to the biases of these neurons of layer 0: they fire loudly, also where they should not.
Network with_broken_neurons(Network net, const std::vector<std::int64_t>& neurons);

}  // namespace lab
