#include "lab.h"

#include <cmath>

#include "autodiff/kernels.h"
#include "autodiff/program.h"

namespace lab {

using basin::grad;

// The rules. r.ct() is ∂loss/∂y, r.y() the value, r.in(i) its inputs, all of them values of the graph.

void bump_rule([[maybe_unused]] Rule& r) {
  //@ solution bump
  r.to(0, [&] { return r.ct() * (-2.0 * r.in(0) * r.y()); });
  //@ stub
  todo("bump", "give input 0 the cotangent times the slope of e^(-x²), written with r.in(0) and r.y()");
  //@ end
}

void hypot_rule([[maybe_unused]] Rule& r) {
  //@ solution hypot
  r.to(0, [&] { return r.ct() * (r.in(0) / r.y()); });
  r.to(1, [&] { return r.ct() * (r.in(1) / r.y()); });
  //@ stub
  todo("hypot", "give each of the two inputs the cotangent times its own slope, a / y and b / y");
  //@ end
}

void unit_rule([[maybe_unused]] Rule& r) {
  //@ solution unit
  r.to(0, [&] {
    const Var along = r.y() * sum(r.ct() * r.y(), {-1}, true);
    return (r.ct() - along) * rsqrt(sum(square(r.in(0)), {-1}, true));
  });
  //@ stub
  todo("unit", "take from the cotangent its part along y, row by row, and divide by |x|");
  //@ end
}

// The ops: name, rule, kernel; and the function that checks shapes and puts a node into the graph.

namespace {

const basin::Op bump_op{.name = "bump", .vjp = bump_rule, .run = [](const auto& c) {
                          basin::map(c, [](auto x) { return std::exp(-x * x); });
                        }};
const basin::Op hypot_op{
    .name = "hypot",
    .vjp = hypot_rule,
    .run = [](const auto& c) { basin::zip(c, [](auto a, auto b) { return std::sqrt(a * a + b * b); }); },
    .loop = basin::broadcast_loop};
const basin::Op unit_op{.name = "unit", .vjp = unit_rule, .run = basin::one_lane([](const auto& c) {
                                                            const std::int64_t n = c.node->shape.back();
                                                            for (std::int64_t row = 0; row < c.n; row += n) {
                                                              double squares = 0;
                                                              for (std::int64_t i = row; i < row + n; ++i)
                                                                squares += double(c.in[0][i]) * c.in[0][i];
                                                              for (std::int64_t i = row; i < row + n; ++i)
                                                                c.out[i] = c.in[0][i] / std::sqrt(squares);
                                                            }
                                                          })};

}  // namespace

Var bump(Var x) { return basin::unary(bump_op, x); }

Var hypot(Var a, Var b) {
  basin::require_values("hypot", {a, b});
  return a.graph->emit(hypot_op, {a, b}, basin::broadcast_shape("hypot", a, b));
}

Var unit(Var x) {
  basin::require_last_axis("unit", {x});
  return basin::unary(unit_op, x);
}

std::vector<Var> hessian_product([[maybe_unused]] Var loss, [[maybe_unused]] const std::vector<Var>& wrt,
                                 [[maybe_unused]] const std::vector<Var>& directions) {
  //@ solution hessian_product
  const std::vector<Var> gradient = grad(loss, wrt);
  Var slope = loss.graph->constant(0);  // of the loss along the directions
  for (std::size_t i = 0; i < wrt.size(); ++i) slope = slope + sum(gradient[i] * stop_gradient(directions[i]));
  return grad(slope, wrt);
  //@ stub
  todo("hessian_product", "the gradient of the slope Σ gradient ∘ direction, over all of wrt together");
  //@ end
}

// The machine.

Subject::Subject(const Sample& sample) {
  basin::Rng rng = student_rng("lab02 " + sample.name);
  const auto draw = [&](Numbers& to, std::int64_t count) {
    for (; count > 0; --count) to.push_back(rng.uniform(0.2, 1.2) * (rng.below(2) ? 1 : -1));
  };
  for (const Shape& shape : sample.inputs) {
    const std::string i = std::to_string(x.size());
    x.push_back(graph.input("x" + i, shape));
    directions.push_back(graph.input("direction" + i, shape));
    draw(point, shape.numel()), draw(along, shape.numel());
  }
  const Var y = sample.make(x);
  weights_ = graph.input("weights", y.shape());
  draw(weight_values_, y.shape().numel());
  loss = sum(weights_ * y);
}

Numbers Subject::run(const std::vector<Var>& values, const Numbers& at) {
  basin::Program<double> program(graph, {.fetch = values});
  std::span<const double> numbers(at), directed(along);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t n = x[i].shape().numel();
    if (program.has(x[i])) program.feed(x[i], numbers.first(n));
    if (program.has(directions[i])) program.feed(directions[i], directed.first(n));
    numbers = numbers.subspan(n), directed = directed.subspan(n);
  }
  if (program.has(weights_)) program.feed(weights_, weight_values_);
  program.run();
  Numbers all;
  for (const Var v : values) all.insert(all.end(), program.view(v).begin(), program.view(v).end());
  return all;
}

double distance(double analytic, double difference) {
  return std::abs(analytic - difference) / (1 + std::abs(difference));
}

Numbers moved(Numbers at, const Numbers& direction, double t) {
  for (std::size_t i = 0; i < at.size(); ++i) at[i] += t * direction[i];
  return at;
}

double order_1_error([[maybe_unused]] Subject& s) {
  //@ solution order_1
  const Numbers gradient = s.run(grad(s.loss, s.x), s.point);
  double worst = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    Numbers axis(gradient.size(), 0.0);
    axis[i] = 1;
    const double up = s.run({s.loss}, moved(s.point, axis, h))[0], down = s.run({s.loss}, moved(s.point, axis, -h))[0];
    const double error = distance(gradient[i], (up - down) / (2 * h));
    if (std::isnan(error) || error > worst) worst = error;  // std::max would pass over NaN
  }
  return worst;
  //@ stub
  todo("order_1", "hold each entry of grad(s.loss, s.x) against a central difference of s.loss");
  //@ end
}

double order_2_error([[maybe_unused]] Subject& s) {
  //@ solution order_2
  const Numbers product = s.run(basin::hvp(s.loss, s.x, s.directions), s.point);
  const std::vector<Var> gradient = grad(s.loss, s.x);
  const Numbers up = s.run(gradient, moved(s.point, s.along, h)), down = s.run(gradient, moved(s.point, s.along, -h));
  double worst = 0;
  for (std::size_t i = 0; i < product.size(); ++i) {
    const double error = distance(product[i], (up[i] - down[i]) / (2 * h));
    if (std::isnan(error) || error > worst) worst = error;
  }
  return worst;
  //@ stub
  todo("order_2", "hold each entry of basin::hvp against a central difference of the whole gradient along s.along");
  //@ end
}

}  // namespace lab
