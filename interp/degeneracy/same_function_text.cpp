#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "interp/degeneracy/same_function.h"

namespace basin::interp {
namespace {

std::string removed_text(const Move& move) {
  return fmt::format("neurons {} left out, which never fire or are never read", fmt::join(move.neurons, " "));
}

std::string ordered_text(const Move& move) {
  std::vector<std::string> places;
  for (const std::int64_t i : move.neurons) places.push_back(i < move.before ? std::to_string(i) : "new");
  return fmt::format("neurons in the order {}", fmt::join(places, " "));
}

std::string rescaled_text(const std::vector<BlockMatch>& blocks) {
  std::vector<double> factors;
  for (const BlockMatch& block : blocks) factors.insert(factors.end(), block.factors.begin(), block.factors.end());
  const auto [least, most] = std::ranges::minmax(factors);
  if (factors.size() == 1) return fmt::format("1 neuron rescaled by {:.3g}", least);
  return fmt::format("{} neurons rescaled by {:.3g} to {:.3g}", factors.size(), least, most);
}

// Neurons by their places, which are those of the second network.
std::string block_text(const BlockMatch& block) {
  const std::size_t before = block.from.size();
  if (block.to.empty()) return fmt::format("{} neurons left out, of which readers get nothing", before);
  const std::string places = fmt::format("{}", fmt::join(block.to, " "));
  if (!block.reached) return fmt::format("neurons {} take other values, of which readers get the same", places);
  return fmt::format("{} {} mixed (rank {}, condition {:.3g})",
                     before == block.to.size() ? "neurons" : fmt::format("{} neurons become", before), places,
                     block.rank, block.condition);
}

std::string mixed_text(const Move& move) {
  std::vector<BlockMatch> rescaled;
  std::vector<std::string> parts;
  for (const BlockMatch& block : move.blocks)
    if (block.rescaled)
      rescaled.push_back(block);
    else
      parts.push_back(block_text(block));
  if (!rescaled.empty()) parts.insert(parts.begin(), rescaled_text(rescaled));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string what_of(const Move& move) {
  switch (move.kind) {
    case MoveKind::removed: return removed_text(move);
    case MoveKind::ordered: return ordered_text(move);
    case MoveKind::mixed: return mixed_text(move);
    case MoveKind::unseen: break;
  }
  return fmt::format("{} numbers changed that the data do not show", move.numbers);
}

}  // namespace

std::string_view name_of(Sameness verdict) {
  switch (verdict) {
    case Sameness::same: return "same";
    case Sameness::different: return "different";
    case Sameness::undecided: break;
  }
  return "undecided";
}

std::string_view name_of(MoveKind kind) {
  switch (kind) {
    case MoveKind::removed: return "removed";
    case MoveKind::ordered: return "ordered";
    case MoveKind::mixed: return "mixed";
    case MoveKind::unseen: break;
  }
  return "unseen";
}

std::string text_of(const Move& move) { return layer_name(move.after, move.layer) + ": " + what_of(move); }

std::string to_json(const SameFunction& found, double tolerance) {
  nlohmann::ordered_json object{{"verdict", name_of(found.verdict)},
                                {"difference", found.difference},
                                {"row", found.row},
                                {"output", found.output},
                                {"tolerance", tolerance},
                                {"residual", found.residual},
                                {"stuck", found.stuck},
                                {"moves", nlohmann::json::array()}};
  for (const Move& move : found.path)
    object["moves"].push_back({{"kind", name_of(move.kind)},
                               {"layer", layer_name(move.after, move.layer)},
                               {"text", text_of(move)},
                               {"residual", move.residual}});
  return object.dump(2);
}

}  // namespace basin::interp
