// Lab 02: three ops that basin does not have, a Hessian product from two gradients, and a machine that checks any op.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "autodiff/op.h"
#include "autodiff/transform.h"
#include "common/course.h"

namespace lab {

using basin::Graph;
using basin::Rule;
using basin::Shape;
using basin::Var;
using Numbers = std::vector<double>;

// Three ops. Shapes and kernels are given; what is missing are the rules. ShapeError for shapes that do not fit.
Var bump(Var x);          // e^(-x²), elementwise
Var hypot(Var a, Var b);  // √(a² + b²), elementwise, broadcasting; not for a = b = 0
Var unit(Var x);          // x / |x| along the last axis, [..., n] -> [..., n]; not for rows of zeros

// Their derivative rules (autodiff/op.h): from r.ct(), the cotangent of y, to the cotangents of the inputs. Made of
// ops, so that what comes out can be differentiated again. Leading axes may stand in front of r.ct().
void bump_rule(Rule& r);
void hypot_rule(Rule& r);
void unit_rule(Rule& r);

// Hessian of the scalar `loss` with respect to `wrt`, times `directions` (one for each wrt, of its shape): one value of
// the same shape for each wrt. Directions count as constants, whatever they were made of.
std::vector<Var> hessian_product(Var loss, const std::vector<Var>& wrt, const std::vector<Var>& directions);

// An op to check: shapes of its inputs, and the value that it makes of them.
struct Sample {
  std::string name;
  std::vector<Shape> inputs;
  std::function<Var(const std::vector<Var>&)> make;
};

// A sample made a scalar: loss = Σ weights ∘ y with random weights. All inputs together are one point, a vector of
// numbers: those of x[0], then those of x[1], …; so is what run() gives for several values.
class Subject {
 public:
  explicit Subject(const Sample& sample);  // random numbers, 0.2 to 1.2 away from zero

  // The values at a point, one behind the other. Directions are fed `along`.
  Numbers run(const std::vector<Var>& values, const Numbers& point);

  Graph graph;
  std::vector<Var> x, directions;
  Var loss;
  Numbers point, along;

 private:
  Var weights_;
  Numbers weight_values_;
};

// How far an analytic number is from one by finite differences, relative to 1 + |difference|.
double distance(double analytic, double difference);

// at + t · direction.
Numbers moved(Numbers at, const Numbers& direction, double t);

inline constexpr double h = 1e-5;  // the step of both differences

// The largest distance of any entry of the gradient of the subject's loss from (f(x + h) − f(x − h)) / 2h with that
// coordinate alone moved. NaN if any of them is NaN.
double order_1_error(Subject& s);

// The largest distance of any entry of the Hessian product along the subject's directions (by basin::hvp) from
// (g(x + h v) − g(x − h v)) / 2h of its gradient g. NaN if any of them is NaN.
double order_2_error(Subject& s);

inline constexpr double tolerance = 1e-7;  // of both errors

}  // namespace lab
