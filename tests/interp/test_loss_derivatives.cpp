#include "interp/spectra/loss_derivatives.h"

#include <doctest/doctest.h>

#include "tests/interp/operator_cases.h"

using namespace basin;
using namespace basin::interp;

TEST_CASE("gradient and Hessian are differences of the loss and of the gradient") {
  ModelPoint model = with_mse(small_model({3, 4, 2}, Kind::tanh), 2);
  const Inputs inputs{{"t", random_matrix(7, 2, "t")}, {"x", random_matrix(7, 3, "x")}};
  const LossDerivatives here = loss_derivatives(model, "loss", inputs);
  REQUIRE(std::ssize(here.gradient) == model.parameter_count());
  constexpr double h = 1e-5;
  for (std::int64_t i = 0; i < model.parameter_count(); ++i) {
    CAPTURE(i);
    double& parameter = model.parameters.flat()[i];
    const double at = parameter;
    parameter = at + h;
    const LossDerivatives up = loss_derivatives(model, "loss", inputs);
    parameter = at - h;
    const LossDerivatives down = loss_derivatives(model, "loss", inputs);
    parameter = at;
    CHECK((up.loss - down.loss) / (2 * h) == doctest::Approx(here.gradient[i]).epsilon(1e-6));
    for (std::int64_t j = 0; j < model.parameter_count(); ++j)
      CHECK(std::abs((up.gradient[j] - down.gradient[j]) / (2 * h) - here.hessian(i, j)) < 1e-8);
  }
}
