// Losses with one stable pass each, one number for each row.
#include "autodiff/indices.h"
#include "autodiff/kernels.h"
#include "autodiff/loss_kernels.h"

namespace basin {
namespace {

Var cross_entropy_slope(Var logits, Var labels);

// softmax(logits) - one_hot(labels): what the rule of cross_entropy needs, in one pass. No cotangent.
const Op cross_entropy_slope_op{.name = "cross_entropy_slope",
                                .vjp =
                                    [](Rule& r) {
                                      r.to(0, [&] {
                                        Var p = softmax(r.in(0));
                                        return p * (r.ct() - sum(r.ct() * p, {-1}, true));
                                      });
                                    },
                                .run = [](const auto& c) { cross_entropy_rows(c, c.out, [](auto...) {}); }};

const Op cross_entropy_op{
    .name = "cross_entropy",
    .vjp = [](Rule& r) { r.to(0, [&] { return with_last_axis(r.ct()) * cross_entropy_slope(r.in(0), r.in(1)); }); },
    .run = [](const auto& c) { cross_entropy_losses(c); }};

const Op mse_op{.name = "mse",
                .vjp =
                    [](Rule& r) {
                      Var x = r.in(0), target = r.in(1);
                      auto slope = [&] {
                        return ((2.0 / double(x.shape().back())) * with_last_axis(r.ct())) * (x - target);
                      };
                      r.to(0, slope);
                      r.to(1, [&] { return -slope(); });
                    },
                .run = [](const auto& c) { mse_losses(c); }};

Var cross_entropy_slope(Var logits, Var labels) {
  return logits.graph->emit(cross_entropy_slope_op, {logits, labels}, logits.shape());
}

}  // namespace

bool is_cross_entropy(const Node& node) { return node.op == &cross_entropy_op; }
bool is_cross_entropy_slope(const Node& node) { return node.op == &cross_entropy_slope_op; }

Var cross_entropy(Var logits, Var labels) {
  require_last_axis("cross_entropy", {logits, labels});
  const Shape& x = logits.shape();
  if (!(x.first(x.rank() - 1) == labels.shape()))
    shape_error("cross_entropy", {logits, labels}, "wanted logits [..., classes] and labels [...]");
  return logits.graph->emit(cross_entropy_op, {logits, labels}, labels.shape());
}

Var mse(Var x, Var target) {
  require_last_axis("mse", {x, target});
  if (!(x.shape() == target.shape())) shape_error("mse", {x, target}, "shapes differ");
  return x.graph->emit(mse_op, {x, target}, x.shape().first(x.shape().rank() - 1));
}

}  // namespace basin
