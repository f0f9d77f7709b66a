// Draws the circle in the embedding, and what happens to the network over training.
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "common/attempt.h"
#include "experiments/report/figure.h"
#include "interp/llc/estimate.h"
#include "lab.h"

using basin::report::Figure;
using basin::report::Series;
using basin::report::SeriesStyle;

namespace {

double at_epoch(int epoch) { return std::max(epoch, 50); }  // 0 has no place on a logarithmic axis

Figure accuracies() {
  Figure f{.title = "It learns its pairs first, then the rule",
           .x_label = "epoch (0 drawn at 50)",
           .y_label = "share",
           .log_x = true,
           .y_range = {0, 1.05}};
  Series trained{.label = "right, trained pairs", .style = SeriesStyle::lines_points},
      others{.label = "right, other pairs", .style = SeriesStyle::lines_points},
      rule{.label = "share of the sum in the logits", .style = SeriesStyle::lines_points, .dashed = true};
  for (const int epoch : lab::epochs) {
    const basin::Matrix logits = lab::logits_of(lab::network_at(epoch));
    const lab::Accuracy right = lab::accuracy_of(logits);
    for (Series* s : {&trained, &others}) s->x.push_back(at_epoch(epoch));
    trained.y.push_back(right.trained), others.y.push_back(right.others);
    lab::attempt(
        [&] { rule.y.push_back(lab::share_of_the_sum(logits, lab::modulus)), rule.x.push_back(at_epoch(epoch)); });
  }
  f.series = {trained, others};
  if (!rule.x.empty()) f.series.push_back(rule);
  std::printf("right of the pairs it was not trained on: %.0f %% at epoch 200, %.0f %% at epoch 8000\n",
              100 * others.y[2], 100 * others.y.back());
  return f;
}

std::int64_t strongest(const std::vector<double>& power) {
  return std::max_element(power.begin() + 1, power.end()) - power.begin();
}

// The numbers in the order of the circle, neighbours joined.
Series ring(int epoch, std::int64_t k) {
  const basin::Matrix plane = lab::circle_of(lab::network_at(epoch).embedding(), k);
  Series s{.label = "epoch " + std::to_string(epoch), .style = SeriesStyle::lines_points};
  std::int64_t step = 1;  // from a number to its neighbour: k step = 1 (mod p)
  while (k * step % lab::modulus != 1) ++step;
  for (std::int64_t i = 0; i <= lab::modulus; ++i) {
    const std::int64_t a = i * step % lab::modulus;
    s.x.push_back(plane(a, 0)), s.y.push_back(plane(a, 1));
  }
  return s;
}

Figure circle(std::int64_t k) {
  return {.title = "Embedding, plane of frequency " + std::to_string(k),
          .x_label = "along the cosine",
          .y_label = "along the sine",
          .series = {ring(8000, k), ring(0, k)}};
}

Figure spectrum(const std::vector<double>& power, const std::vector<double>& start) {
  Figure f{.title = "Embedding by frequency", .x_label = "frequency", .y_label = "share of power", .y_range = {0, 1}};
  for (const auto& [label, values] : {std::pair("epoch 0", &start), std::pair("epoch 8000", &power)}) {
    Series s{.label = label, .style = SeriesStyle::bars};
    double sum = 0;
    for (std::size_t k = 1; k < values->size(); ++k) sum += (*values)[k];
    for (std::size_t k = 1; k < values->size(); ++k) s.x.push_back(double(k)), s.y.push_back((*values)[k] / sum);
    f.series.push_back(s);
  }
  return f;
}

// λ̂ of the embedding alone: the other parameters stand still. The loss is the squared distance of the outputs to those
// now, in units of how much outputs vary over pairs; the walk is held to 0.3 of the size of the weights (docs/theory.md
// §6.4). So neither the scale of logits nor that of weights counts.
basin::interp::LlcEstimate embedding_coefficient(int epoch) {
  const lab::Network net = lab::network_at(epoch);
  const basin::Matrix logits = lab::values_of(net, "logits");
  double variance = 0, square = 0;
  for (std::int64_t j = 0; j < logits.cols(); ++j) {
    double sum = 0, squares = 0;
    for (std::int64_t r = 0; r < logits.rows(); ++r) sum += logits(r, j), squares += logits(r, j) * logits(r, j);
    variance += squares / double(logits.rows()) - std::pow(sum / double(logits.rows()), 2);
  }
  const auto table = net.point.parameters["embed.W_E"];
  for (const double w : table) square += w * w / double(table.size());
  basin::interp::LocalPosterior posterior{.model = net.point,
                                          .data = lab::all_pairs(),
                                          .n_beta = 1000 / variance,
                                          .gamma = 10 / square,
                                          .free = {"embed.W_E"}};
  posterior = behavioural(posterior);
  const basin::interp::SamplerSpec sampler{.kind = basin::interp::SamplerKind::sgld, .batch = 64};
  const auto chains =
      basin::interp::sample<float>(posterior, sampler, {.chains = 4, .draws = 300, .warm_up = 300, .seed = 1});
  return estimate_llc(chains, posterior, sampler);
}

Figure coefficients() {
  Series s{.label = "λ̂ of the embedding", .style = SeriesStyle::points};
  for (const int epoch : lab::epochs) {
    const auto e = embedding_coefficient(epoch);
    s.x.push_back(at_epoch(epoch)), s.y.push_back(e.lambda.mean), s.error.push_back(e.lambda.error);
    std::printf("epoch %4d: λ̂ of the embedding %4.1f ± %.1f, R̂ %.2f\n", epoch, e.lambda.mean, e.lambda.error,
                e.lambda.r_hat);
  }
  return {.title = "How many of its 480 numbers count",
          .x_label = "epoch (0 drawn at 50)",
          .y_label = "λ̂",
          .log_x = true,
          .series = {s},
          .y_range = {0, 45}};
}

void print_labels() {
  const basin::Matrix neurons = lab::neurons_of(lab::network_at(8000));
  std::map<std::pair<std::int64_t, std::int64_t>, int> count;
  for (std::int64_t n = 0; n < neurons.cols(); ++n) {
    std::vector<double> f;
    for (std::int64_t r = 0; r < neurons.rows(); ++r) f.push_back(neurons(r, n));
    const lab::Wave w = lab::strongest_wave(f, lab::modulus);
    if (w.share > 0) ++count[{w.k, w.l}];
  }
  std::printf("strongest waves of the neurons that fire:");
  for (const auto& [wave, times] : count)
    std::printf(" %d × cos(%ldx %+ldy)", times, long(wave.first), long(wave.second));
  std::printf("\n");
}

void print_causes(std::int64_t k) {
  lab::Network net = lab::network_at(8000);
  const basin::Matrix embedding = net.embedding();
  std::vector<std::int64_t> others;
  for (std::int64_t i = 1; i <= lab::modulus / 2; ++i)
    if (i != k) others.push_back(i);
  net.set_embedding(lab::keep_frequencies(embedding, {k}));
  const double with = lab::accuracy_of(lab::logits_of(net)).others;
  net.set_embedding(lab::keep_frequencies(embedding, others));
  std::printf("unseen pairs right with frequency %ld alone: %.0f %%, without it: %.0f %% (by chance 3 %%)\n", long(k),
              100 * with, 100 * lab::accuracy_of(lab::logits_of(net)).others);
}

}  // namespace

int main() {
  std::printf("your network calls a what it was trained on as %ld a (mod 29)\n", long(lab::renaming()));
  Figure figure{.title = "Lab 07: grokking", .panels = {accuracies()}};
  lab::attempt([&] {
    const auto power = lab::power_of(lab::network_at(8000).embedding());
    const std::int64_t k = strongest(power);
    std::printf("the embedding's strongest frequency is %ld\n", long(k));
    figure.panels.push_back(spectrum(power, lab::power_of(lab::network_at(0).embedding())));
    lab::attempt([&] { figure.panels.push_back(circle(k)); });
    lab::attempt([&] { print_causes(k); });
  });
  lab::attempt(print_labels);
  figure.panels.push_back(coefficients());
  basin::report::write_figure("out", "figure", figure);
  std::printf("the picture is out/figure.svg\n");
}
