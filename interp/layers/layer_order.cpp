#include "interp/layers/layer_order.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

namespace basin::interp {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }

// A name cut into texts and numbers.
std::vector<std::string> parts_of(const std::string& name) {
  std::vector<std::string> parts;
  for (char c : name) {
    if (parts.empty() || is_digit(parts.back().back()) != is_digit(c)) parts.emplace_back();
    parts.back() += c;
  }
  return parts;
}

// Compares as the number does, however long it is.
std::pair<std::size_t, std::string> number_key(const std::string& digits) {
  const std::size_t zeros = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  return {digits.size() - zeros, digits.substr(zeros)};
}

// The one place where parts differ.
std::optional<std::size_t> differing_place(const std::vector<std::vector<std::string>>& names) {
  std::optional<std::size_t> place;
  for (const auto& name : names) {
    if (name.size() != names[0].size()) return {};
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (name[i] == names[0][i]) continue;
      if (place && *place != i) return {};
      place = i;
    }
  }
  return place;
}

// Goes through all orders that chain until two are found.
class ChainSearch {
 public:
  explicit ChainSearch(const std::vector<LayerWidths>& layers) : layers_(layers), used_(layers.size()) { extend(); }
  std::optional<LayerOrder> only() const {
    return found_ == 1 && steps_ < most_steps ? std::optional(first_) : std::nullopt;
  }

 private:
  static constexpr int most_steps = 100000;

  void extend() {
    if (now_.size() == layers_.size() && ++found_ == 1) first_ = now_;
    for (std::size_t i = 0; i < layers_.size() && found_ < 2 && ++steps_ < most_steps; ++i) {
      if (used_[i] || (!now_.empty() && layers_[now_.back()].out != layers_[i].in)) continue;
      used_[i] = true;
      now_.push_back(i);
      extend();
      now_.pop_back();
      used_[i] = false;
    }
  }

  const std::vector<LayerWidths>& layers_;
  std::vector<bool> used_;
  LayerOrder now_, first_;
  int found_ = 0, steps_ = 0;
};

}  // namespace

std::optional<LayerOrder> order_by_numbers(const std::vector<std::string>& names) {
  LayerOrder order(names.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  if (names.size() < 2) return order;
  std::vector<std::vector<std::string>> parts;
  for (const std::string& name : names) parts.push_back(parts_of(name));
  const auto place = differing_place(parts);
  if (!place) return {};
  for (const auto& name : parts)
    if (!is_digit(name[*place].front())) return {};
  const auto key = [&](std::size_t i) { return number_key(parts[i][*place]); };
  std::ranges::sort(order, {}, key);
  const bool twice = std::ranges::adjacent_find(order, {}, key) != order.end();
  return twice ? std::nullopt : std::optional(order);
}

std::optional<LayerOrder> order_by_shapes(const std::vector<LayerWidths>& layers) {
  constexpr std::size_t most_layers = 64;
  if (layers.size() > most_layers) return {};
  return ChainSearch(layers).only();
}

}  // namespace basin::interp
