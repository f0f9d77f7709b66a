// How many features are represented, by their sparsity and the width of the hidden layer.
#include <fmt/format.h>

#include <algorithm>

#include "core/interrupt.h"
#include "experiments/superposition/superposition_study.h"

namespace basin::experiments {
std::string PhaseNetwork::name() const { return fmt::format("hidden{}-sparsity{:g}-start{}", hidden, sparsity, start); }

std::string PhaseNetwork::key(const Options& o) const {
  std::string key = name();
  for (const char* option : {"phase-features", "phase-epochs", "importance", "samples", "batch", "lr", "seed"})
    key += fmt::format(" {} {}", option, o.as_given(option));
  return key;
}

std::vector<PhaseNetwork> phase_networks(const Options& o) {
  std::vector<PhaseNetwork> all;
  for (const std::int64_t hidden : o.integers("phase-hidden"))
    for (const double sparsity : o.numbers("sparsities"))
      for (std::int64_t start = 0; start < o.integer("phase-starts"); ++start)
        all.push_back({hidden, sparsity, std::uint64_t(start)});
  return all;
}

Phase train_phase(const PhaseNetwork& network, const Options& o) {
  const nn::SuperpositionSpec spec{
      .features = o.integer("phase-features"), .hidden = network.hidden, .importance = o.number("importance")};
  const nn::Dataset data = nn::feature_data({.law = nn::FeatureLaw::sparse,
                                             .features = spec.features,
                                             .samples = o.integer("samples"),
                                             .sparsity = network.sparsity,
                                             .seed = std::uint64_t(o.integer("seed"))});
  nn::TrainSpec train{.epochs = o.integer("phase-epochs"), .batch = o.integer("batch"), .seed = network.start};
  const std::int64_t steps = (data.size() + train.batch - 1) / train.batch * train.epochs;
  train.schedule = {.rate = o.number("lr"), .decay = nn::Decay::cosine, .steps = steps};
  nn::Trainer<float> trainer(nn::superposition(spec), train, nn::feature_inputs(data));
  double loss = 0;
  while (!trainer.done()) {
    if (interrupted()) throw Interrupted("the phase diagram is not done; networks are saved");
    while (!trainer.epoch_ended()) trainer.step();
    loss = trainer.end_epoch().train_loss;
  }
  const Parameters<double> theta = cast<double>(trainer.parameters());
  const nn::SuperpositionPoint point = nn::superposition_point(theta.flat(), spec.features, spec.hidden);
  double squares = 0;
  for (const double w : point.W.data) squares += w * w;
  return {.hidden = spec.hidden,
          .sparsity = network.sparsity,
          .represented = end_state(point).represented,
          .dimensions = double(spec.hidden) / squares,
          .loss = loss};
}

std::vector<Phase> best_of_starts(const std::vector<Phase>& all, const Options& o) {
  std::vector<Phase> best;
  const auto starts = std::size_t(o.integer("phase-starts"));
  for (std::size_t first = 0; first < all.size(); first += starts)
    best.push_back(*std::min_element(all.begin() + std::ptrdiff_t(first), all.begin() + std::ptrdiff_t(first + starts),
                                     [](const Phase& a, const Phase& b) { return a.loss < b.loss; }));
  return best;
}

}  // namespace basin::experiments
