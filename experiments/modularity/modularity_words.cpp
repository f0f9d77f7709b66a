#include "experiments/modularity/modularity_words.h"
#include "core/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace basin::experiments {
namespace {

constexpr auto first = &ModularityPair::first, second = &ModularityPair::second;

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

Estimate effect(const Pairs& pairs, Count count, Control control) {
  return degeneracy_effect(pairs, count, control, modularity_epsilons[table_epsilon]).at_zero;
}

std::string correlation_reading(const Correlation& c) {
  if (!c.excludes_zero()) return "the interval holds 0";
  return c.r < 0 ? "more degeneracy goes with a lower test loss" : "more degeneracy goes with a higher test loss";
}

}  // namespace

std::string reading(const Estimate& e) {
  if (!e.excludes_zero()) return "no difference is shown";
  return e.mean > 0 ? "the first is more degenerate" : "the first is less degenerate";
}

LossMatch loss_match(const Pairs& pairs) {
  LossMatch m;
  for (const ModularityPair& p : pairs) {
    const double off = std::abs(std::log(p.first.train_loss / p.second.train_loss));
    m.mean += off / double(pairs.size());
    m.largest = worse(m.largest, off);
  }
  return m;
}

double mean_over(const Pairs& pairs, MeasuredNet ModularityPair::*member,
                 const std::function<double(const MeasuredNet&)>& value) {
  double sum = 0;
  for (const ModularityPair& p : pairs) sum += value(p.*member);
  return sum / double(pairs.size());
}

std::string ModularityWords::starts() const {
  const Correlation dense = degeneracy_with_loss(study, "separable"), blocks = degeneracy_with_loss(study, "blocks");
  return fmt::format(
      "Over starts on the same data, at equal training loss, degeneracy and log test loss have a correlation of {} in "
      "dense networks ({}) and of {} in block networks ({}).",
      text(dense), correlation_reading(dense), text(blocks), correlation_reading(blocks));
}

std::string ModularityWords::matching() const {
  double mean = 0, largest = 0;
  for (Comparison c : comparisons) {
    const LossMatch m = loss_match(pairs_of(study, c));
    mean += m.mean / double(std::size(comparisons)), largest = worse(largest, m.largest);
  }
  return fmt::format(
      "Both networks of a pair were trained for {} epochs from one start's seed; the higher of the two final training "
      "losses is the level, and the other network is taken at its first epoch at or below it. The two losses then "
      "differ by {} on average and by {} at most.",
      study.spec.training.epochs, percent(std::expm1(mean)), percent(std::expm1(largest)));
}

std::string ModularityWords::plain() const {
  const Pairs pairs = pairs_of(study, Comparison::blocks);
  const MeasuredNet &blocks = pairs.front().first, &dense = pairs.front().second;
  const std::int64_t more = blocks.hidden - dense.hidden;
  const auto share = [&](auto member, double MeasuredNet::*value) {
    return percent(mean_over(pairs, member, [&](const MeasuredNet& m) { return m.*value; }));
  };
  return fmt::format(
      "Two things make separate modules look degenerate before they are asked anything about modularity. At equal N "
      "they have more hidden neurons, {} against {}, and every live one has a rescaling that no output notices: {} "
      "directions, {} of N, for nothing. And their neurons read few inputs, which makes it easy to fire hardly ever or "
      "nearly always: dead {} against {}, always on {} against {}, on less than 5 % of the inputs {} against {}, on "
      "more "
      "than 95 % {} against {}.",
      blocks.hidden, dense.hidden, more, percent(double(more) / double(blocks.whole.parameters)),
      share(first, &MeasuredNet::dead), share(second, &MeasuredNet::dead), share(first, &MeasuredNet::always_on),
      share(second, &MeasuredNet::always_on), share(first, &MeasuredNet::rarely), share(second, &MeasuredNet::rarely),
      share(first, &MeasuredNet::mostly), share(second, &MeasuredNet::mostly));
}

std::string ModularityWords::controls() const {
  const Pairs pairs = pairs_of(study, Comparison::blocks);
  const Estimate plain = effect(pairs, Count::exact, Control::plain),
                 beyond = effect(pairs, Count::exact, Control::beyond_rescaling),
                 pruned = effect(pairs, Count::exact, Control::without_dead),
                 adjusted = effect(pairs, Count::exact, Control::dead_and_on),
                 rare = effect(pairs, Count::exact, Control::rarely_and_mostly),
                 soft = effect(pairs, Count::n_eff, Control::plain),
                 soft_pruned = effect(pairs, Count::n_eff, Control::without_dead),
                 common = effect(pairs, Count::n_eff, Control::common_cutoff),
                 start = effect(pairs, Count::n_eff, Control::before_training);
  return fmt::format(
      "Blocks against dense, exactly free directions: {} as they stand, {} beyond rescalings, {} without dead neurons, "
      "{} adjusted for dead and always-on ones ({}), {} adjusted for all that fire on less than 5 % or more than 95 % "
      "of "
      "the inputs ({}). At the finite cut-off ε = {:g} it is {} as they stand, {} "
      "beyond rescalings and without dead neurons, and {} at one absolute cut-off for both members. The same two "
      "networks before any "
      "training differ by {}: so much of it is the wiring alone.",
      text(plain), text(beyond), text(pruned), text(adjusted), reading(adjusted), text(rare), reading(rare),
      modularity_epsilons[table_epsilon], text(soft), text(soft_pruned), text(common), text(start));
}

std::string ModularityWords::gaps() const {
  std::int64_t nets = 0, unclear = 0;
  for (const ModularityPair& p : study.pairs)
    for (const MeasuredNet* net : {&p.first, &p.second}) ++nets, unclear += !(net->whole.rank.gap > 1e4);
  return fmt::format(
      "The exact counts are ranks at 1e-9 of the largest singular value. In {} of {} networks the spectrum has no gap "
      "of 1e4 there, so that the integer depends on the tolerance.",
      unclear, nets);
}

std::string ModularityWords::generalisation() const {
  std::string words;
  for (Comparison c : comparisons) {
    const Pairs pairs = pairs_of(study, c);
    const Correlation r = degeneracy_with_loss(pairs);
    words += fmt::format(
        "{}: the difference of log test loss is {}; over pairs its correlation with the difference of "
        "degeneracy is {}, {}; in {} of {} the more degenerate member has the lower test loss. ",
        name_of(c), text(effect_on(pairs, log_test_loss)), text(r), correlation_reading(r),
        more_degenerate_is_better(pairs), pairs.size());
  }
  return words + starts();
}

std::string ModularityWords::modules() const {
  const auto z = [](const MeasuredNet& m) { return m.z; };
  const Estimate task = effect_on(pairs_of(study, Comparison::task), z),
                 rotation = effect_on(pairs_of(study, Comparison::rotation), z);
  const Pairs blocks = pairs_of(study, Comparison::blocks);
  const auto planted = [](const MeasuredNet& m) { return m.agreement; };
  return fmt::format(
      "z says how far the modularity of a network's interactions is above that of rewired ones. Separable minus "
      "entangled task: {}; separable minus the same task in rotated coordinates: {}. The rotated task is the same "
      "problem, so the second difference is about coordinates alone. Inputs and outputs are grouped as planted with an "
      "adjusted Rand index of {:.2f} in block networks, which have no other weights, and {:.2f} in dense ones. Over "
      "dense networks, each task's mean removed, z and degeneracy have a correlation of {}.",
      text(task, 2), text(rotation, 2), mean_over(blocks, first, planted), mean_over(blocks, second, planted),
      text(modules_with_degeneracy(study)));
}

}  // namespace basin::experiments
