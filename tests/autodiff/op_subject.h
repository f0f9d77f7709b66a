// A sample of an op made a loss, with numbers for its inputs: what the machine's checks look at.
#pragma once
#include <algorithm>
#include <cmath>
#include <random>

#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "op_machine.h"

namespace basin::testing {

using Numbers = std::vector<double>;

struct Subject {  // loss = sum(weights * f(x)), its gradient, and a Hessian-vector product
  explicit Subject(const Sample& s) : sample(s) {
    std::mt19937_64 random(std::hash<std::string>{}(s.name));
    for (std::size_t i = 0; i < s.inputs.size(); ++i) {
      all.push_back(graph.input("x" + std::to_string(i), s.inputs[i].shape));
      values.push_back(draw(s.inputs[i], random));
      if (s.inputs[i].classes == 0) smooth.push_back(i);
    }
    y = s.make(all);
    weights = graph.input("weights", y.shape());
    weight_values = draw({y.shape()}, random);
    loss = sum(weights * y);
    for (std::size_t i : smooth) {
      wrt.push_back(all[i]);
      directions.push_back(graph.input("direction" + std::to_string(i), all[i].shape()));
      direction_values.push_back(draw({all[i].shape()}, random));
    }
    gradient = grad(loss, wrt);
    product = jvp(gradient, wrt, directions);
  }

  static Numbers draw(const SampleInput& in, std::mt19937_64& random) {
    Numbers v(in.shape.numel());
    for (double& x : v) {
      const double u = double(random() >> 11) * 0x1p-53;
      x = in.classes ? std::floor(u * in.classes) : in.low + u * (in.high - in.low);
      if (in.away > 0 && std::abs(x) < in.away) x = x < 0 ? x - in.away : x + in.away;
    }
    return v;
  }

  void draw_again(std::mt19937_64& random) {
    for (std::size_t i = 0; i < all.size(); ++i) values[i] = draw(sample.inputs[i], random);
    for (std::size_t i = 0; i < wrt.size(); ++i) direction_values[i] = draw({wrt[i].shape()}, random);
    weight_values = draw({weights.shape()}, random);
  }

  template <class T>
  void feed(Program<T>& p, std::size_t lane = 0) const {
    auto put = [&](Var v, const Numbers& from) {
      if (!p.has(v)) return;
      const std::span<ScalarOf<T>> to = scalars(p.input(v));
      for (std::size_t i = 0; i < from.size(); ++i) to[i * lanes_of<T> + lane] = ScalarOf<T>(from[i]);
    };
    for (std::size_t i = 0; i < all.size(); ++i) put(all[i], values[i]);
    for (std::size_t i = 0; i < directions.size(); ++i) put(directions[i], direction_values[i]);
    put(weights, weight_values);
  }

  template <class T>
  Numbers run(const std::vector<Var>& outputs, bool fuse = true, Memory memory = Memory::automatic) const {
    Program<T> p(const_cast<Graph&>(graph), {.fetch = outputs, .memory = memory, .fuse = fuse});
    feed(p);
    p.run();
    Numbers out;
    for (Var v : outputs)
      for (T x : p.view(v)) out.push_back(double(x));
    return out;
  }

  const Sample& sample;
  Graph graph;
  std::vector<Var> all, wrt, directions, gradient, product;
  Var y, weights, loss;
  std::vector<Numbers> values, direction_values;
  Numbers weight_values;
  std::vector<std::size_t> smooth;
};

}  // namespace basin::testing
