// Losses with one stable pass each.
#include "autodiff/indices.h"
#include "autodiff/kernels.h"
#include "autodiff/loss_kernels.h"

namespace basin {
namespace {

Var cross_entropy_slope(Var logits, Var labels);

// softmax(logits) - one_hot(labels): what the rule of cross_entropy needs, in one pass. No mean, no cotangent.
const Op cross_entropy_slope_op{.name = "cross_entropy_slope",
                                .vjp =
                                    [](Rule& r) {
                                      r.to(0, [&] {
                                        Var p = softmax(r.in(0));
                                        return p * (r.ct() - sum(r.ct() * p, {-1}, true));
                                      });
                                    },
                                .run = [](const auto& c) { cross_entropy_rows(c, false, true); }};

const Op cross_entropy_op{.name = "cross_entropy",
                          .vjp =
                              [](Rule& r) {
                                r.to(0, [&] {
                                  Var logits = r.in(0), labels = r.in(1);
                                  Var ct = r.ct_scalar(logits.shape().rank());
                                  return (1.0 / double(labels.shape().numel())) * ct *
                                         cross_entropy_slope(logits, labels);
                                });
                              },
                          .run = [](const auto& c) { cross_entropy_rows(c, true, false); }};

const Op mse_op{.name = "mse",
                .vjp =
                    [](Rule& r) {
                      Var x = r.in(0), target = r.in(1);
                      auto slope = [&] {
                        return (2.0 / double(x.shape().numel())) * r.ct_scalar(x.shape().rank()) * (x - target);
                      };
                      r.to(0, slope);
                      r.to(1, [&] { return -slope(); });
                    },
                .run =
                    [](const auto& c) {
                      const std::int64_t n = c.graph->node(c.node_in[0]).shape.numel();
                      *c.out = mean_squared_difference(c.in[0], c.in[1], n);
                    }};

void check_labels(Var logits, Var labels) {
  require_values("cross_entropy", {logits, labels});
  const Shape& x = logits.shape();
  if (x.rank() < 1 || x.numel() == 0 || !(x.first(x.rank() - 1) == labels.shape()))
    shape_error("cross_entropy", {logits, labels}, "wanted logits [..., classes] and labels [...], not empty");
}

Var cross_entropy_slope(Var logits, Var labels) {
  return logits.graph->emit(cross_entropy_slope_op, {logits, labels}, logits.shape());
}

}  // namespace

bool is_cross_entropy(const Node& node) { return node.op == &cross_entropy_op; }
bool is_cross_entropy_slope(const Node& node) { return node.op == &cross_entropy_slope_op; }

Var cross_entropy(Var logits, Var labels) {
  check_labels(logits, labels);
  return logits.graph->emit(cross_entropy_op, {logits, labels}, {});
}

Var mse(Var x, Var target) {
  require_values("mse", {x, target});
  if (!(x.shape() == target.shape())) shape_error("mse", {x, target}, "shapes differ");
  if (x.shape().numel() == 0) shape_error("mse", {x, target}, "there is no mean of nothing");
  return x.graph->emit(mse_op, {x, target}, {});
}

}  // namespace basin
