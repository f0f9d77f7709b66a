#include "autodiff/fuse.h"

#include "autodiff/fused_kernels.h"
#include "autodiff/loss_kernels.h"
#include "core/vmath.h"

namespace basin {
namespace {

struct Activation {
  std::string_view name;
  Kernels forward;  // f(dense)
};
const Activation activations[] = {
    {"relu", [](const auto& c) { dense_then(c, [](auto x) { return x < 0 ? decltype(x)(0) : x; }); }},
    {"tanh", [](const auto& c) { dense_then(c, [](auto x) { return vmath::tanh(x); }); }},
    {"sigmoid", [](const auto& c) { dense_then(c, [](auto x) { return vmath::sigmoid(x); }); }},
};
const Kernels relu_slope = [](const auto& c) { slope_times(c, [](auto y) { return decltype(y)(y > 0); }); };
const Kernels tanh_slope = [](const auto& c) { slope_times(c, [](auto y) { return 1 - y * y; }); };
const Kernels difference = [](const auto& c) { scaled_difference(c); };
const Kernels entropy_and_slope = [](const auto& c) { cross_entropy_losses(c); };
const Kernels mean_entropy = [](const auto& c) { cross_entropy_mean(c); };
const Kernels mean_mse = [](const auto& c) { mse_mean(c); };

class Finder {
 public:
  Finder(const Nodes& nodes, Demand& demand) : nodes_(nodes), demand_(demand), users_(nodes.size()) {
    for (Id i = 0; i < Id(nodes.size()); ++i)
      if (computed(i))
        for (Id in : node_at(i).in)
          if (in >= 0) users_[in].push_back(i);
  }

  std::vector<Fusion> find() {
    for (Id i = 0; i < Id(nodes_.size()); ++i)
      if (computed(i)) activation_of_dense(i) || slope(i) || mse_slope(i) || loss(i) || view_of_products(i);
    return std::move(found_);
  }

 private:
  const Node& node_at(Id i) const { return *nodes_[i]; }
  bool computed(Id i) const { return demand_.needed[i] && !demand_.given[i]; }
  bool is(Id i, std::string_view op) const { return i >= 0 && node_at(i).op->name == op; }
  // A computed value with one reader, wanted by nobody else.
  bool inner(Id i, std::string_view op) const {
    return is(i, op) && computed(i) && !demand_.wanted[i] && users_[i].size() == 1;
  }
  void hide(Id i) { demand_.needed[i] = 0; }

  bool activation_of_dense(Id i) {
    for (const Activation& a : activations) {
      const Id dense = node_at(i).in[0];
      if (!is(i, a.name) || !inner(dense, "dense")) continue;
      hide(dense);
      found_.push_back({.run = a.forward, .at = i, .in = node_at(dense).in});
      return true;
    }
    return false;
  }

  // ct * step(y), or ct * (1 - y²).
  bool slope(Id i) {
    if (!is(i, "mul")) return false;
    const Node& mul = node_at(i);
    const Id ct = mul.in[0], factor = mul.in[1];
    if (!(node_at(ct).shape == mul.shape) || !(node_at(factor).shape == mul.shape)) return false;
    Fusion f{.run = {}, .at = i};
    if (inner(factor, "step")) {
      f.run = relu_slope;
      f.in = {ct, node_at(factor).in[0], -1};
    } else if (inner(factor, "sub") && is_constant(node_at(node_at(factor).in[0]), 1) &&
               inner(node_at(factor).in[1], "square")) {
      const Id square = node_at(factor).in[1];
      f.run = tanh_slope;
      f.in = {ct, node_at(square).in[0], -1};
      hide(square);
    } else {
      return false;
    }
    hide(factor);
    f.second = column_sum_of(i);
    found_.push_back(f);
    return true;
  }

  bool mse_slope(Id i) {
    if (!is(i, "mul")) return false;
    const Node& mul = node_at(i);
    const Id scale = mul.in[0], sub = mul.in[1];
    if (node_at(scale).shape.numel() != 1 || !inner(sub, "sub")) return false;
    const Node& minus = node_at(sub);
    for (Id in : {sub, minus.in[0], minus.in[1]})
      if (!(node_at(in).shape == mul.shape)) return false;
    hide(sub);
    found_.push_back({.run = difference, .at = i, .second = column_sum_of(i), .in = {scale, minus.in[0], minus.in[1]}});
    return true;
  }

  Id column_sum_of(Id i) const {
    const Shape& shape = node_at(i).shape;
    if (shape.rank() == 0) return -1;
    for (Id user : users_[i])
      if (is(user, "sum") && computed(user) && node_at(user).shape.numel() == shape.back() &&
          node_at(user).shape.back() == shape.back())
        return user;
    return -1;
  }

  bool loss(Id i) {
    const bool entropy = is_cross_entropy(node_at(i));
    if (!entropy && !is(i, "mse")) return false;
    const std::vector<Id> rows = reduced(i);
    const Id slope = entropy ? slope_of(i) : -1, mean = rows.empty() ? -1 : users_[rows.back()][0];
    Fusion f{.run = entropy_and_slope, .at = i, .second = slope, .in = node_at(i).in};
    if (mean >= 0 && (slope < 0 || mean < slope)) {  // else readers of the slope could come before the mean
      for (Id row : rows) hide(row);
      f.run = entropy ? mean_entropy : mean_mse;
      f.at = mean;
      f.in[2] = node_at(mean).in[0];
    } else if (slope < 0) {
      return false;
    }
    found_.push_back(f);
    return true;
  }

  Id slope_of(Id entropy) const {
    const Node& node = node_at(entropy);
    for (Id user : users_[node.in[0]])
      if (is_cross_entropy_slope(node_at(user)) && node_at(user).in == node.in) return user;
    return -1;
  }

  bool shows_all(const Node& node) const {
    return is_alias(node) && node.shape.numel() == node_at(node.in[0]).shape.numel();
  }

  // Losses, their sum and aliases of them, where all that is made of them is one number: a constant times the sum.
  std::vector<Id> reduced(Id losses) const {
    std::vector<Id> all{losses};
    for (;;) {
      const Id last = all.back();
      if (demand_.wanted[last] || users_[last].size() != 1) return {};
      const Id user = users_[last][0];
      const Node& node = node_at(user);
      if (node.shape.numel() == 1 && is(user, "mul") && is_constant(node_at(node.in[0]))) return all;
      if (!shows_all(node) && !(is(user, "sum") && node.shape.numel() == 1)) return {};
      all.push_back(user);
    }
  }

  // A view that only products read.
  bool view_of_products(Id i) {
    const auto takes = [&](Id user) { return is(user, "matmul"); };
    if (!is_view_for_products(node_at(i)) || demand_.wanted[i]) return false;
    demand_.in_place[i] = std::all_of(users_[i].begin(), users_[i].end(), takes);
    return demand_.in_place[i];
  }

  const Nodes& nodes_;
  Demand& demand_;
  std::vector<std::vector<Id>> users_;
  std::vector<Fusion> found_;
};

}  // namespace

std::vector<Fusion> find_fusions(const Nodes& nodes, Demand& demand) { return Finder(nodes, demand).find(); }

}  // namespace basin
