// Draws out/pixels.svg: digits, and under each which pixels its logit depends on; and out/figure.svg: training, repairs
// of a broken network neuron by neuron, and what the network reads when pixels are taken away.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <set>

#include "common/attempt.h"
#include "experiments/report/figure.h"
#include "lab.h"
#include "nn/data/digits.h"
#include "nn/train.h"

using namespace lab;
using basin::report::Figure;
using basin::report::Series;
using basin::report::SeriesStyle;

namespace {

double accuracy_of(const Network& net, const Inputs& data) { return accuracy(look(net, data, "layers.2.pre"), data); }

// By the student's own training, or by basin's while that is not written.
Network trained(Figure& panel) {
  Network net = new_network();
  bool own = false;
  attempt([&] {
    const std::vector<double> losses = train(net, training_digits(), 30);
    std::vector<double> epoch(losses.size());
    std::iota(epoch.begin(), epoch.end(), 1);
    panel.series.push_back({"mean loss of an epoch", epoch, losses, SeriesStyle::lines_points});
    own = true;
  });
  if (!own) {
    basin::nn::Trainer<double> trainer(net.model, {.epochs = 10}, training_digits());
    trainer.run_to(10);
    net.theta = trainer.parameters();
  }
  std::printf("%s: right on %.1f %% of the test images\n", own ? "your training" : "basin's training",
              100 * basin::nn::evaluate(net.model, net.theta, basin::nn::load_digits().test).accuracy);
  return net;
}

// Eight images side by side, each scaled to a largest |number| of 1, with room between; at row `top` of the picture.
void put_images(Matrix& picture, std::int64_t top, const Matrix& images) {
  for (std::int64_t n = 0; n < images.rows(); ++n) {
    double reach = 1e-300;
    for (const double v : images.row(n)) reach = std::max(reach, std::abs(v));
    for (std::int64_t i = 0; i < 64; ++i) picture(top + i / 8, n * 9 + i % 8) = images(n, i) / reach;
  }
}

void draw_pixels(const Network& net) {
  const Inputs digits = take(test_digits(), std::int64_t(student_rng("lab03 shown").below(350)), 8);
  Matrix picture({17, 71}, std::numeric_limits<double>::quiet_NaN());
  put_images(picture, 0, digits.at("x"));
  attempt([&] { put_images(picture, 9, saliency(net, digits)); });
  basin::report::write_figure(
      "out", "pixels",
      {.title = "Digits; below: raises (blue) or lowers (red) the digit's own logit", .heatmap = picture});
}

// The loss with one neuron of the layer repaired.
void draw_repairs(Figure& panel, const Network& broken, const Network& net, const Inputs& data, const char* layer) {
  const std::vector<double> losses = repairs(broken, net, data, layer);
  std::vector<double> neuron(losses.size());
  std::iota(neuron.begin(), neuron.end(), 0);
  const basin::report::Range all{-0.5, double(losses.size()) - 0.5};
  const double bad = mean_loss(look(broken, data, "layers.2.pre"), data);
  const double good = mean_loss(look(net, data, "layers.2.pre"), data);
  panel.x_range = all;
  panel.series = {{"one neuron repaired", neuron, losses, SeriesStyle::bars},
                  basin::report::straight("broken", all, {bad, bad}),
                  basin::report::straight("healthy", all, {good, good})};
}

std::vector<std::int64_t> broken_neurons() {
  std::vector<std::int64_t> all = student_rng("lab03 broken shown").permutation(32);
  all.resize(3);
  std::ranges::sort(all);
  return all;
}

void draw_repair(std::vector<Figure>& panels, const Network& net) {
  const Inputs data = test_digits();
  const std::vector<std::int64_t> neurons = broken_neurons();
  const Network broken = with_broken_neurons(net, neurons);
  for (const char* layer : {"layers.0.post", "layers.1.post"}) {
    Figure panel{.title = std::string("One neuron of ") + layer + " repaired", .x_label = "neuron", .y_label = "loss"};
    attempt([&] { draw_repairs(panel, broken, net, data, layer), panels.push_back(panel); });
  }
  attempt([&] {
    const std::vector<double> losses = repairs(broken, net, data, "layers.0.post");
    std::vector<std::int64_t> order(losses.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {}, [&](std::int64_t j) {
      return -std::abs(losses[j] - mean_loss(look(broken, data, "layers.2.pre"), data));
    });
    order.resize(neurons.size());
    std::ranges::sort(order);
    std::printf("broken neurons: found");
    for (const std::int64_t j : order) std::printf(" %d", int(j));
    std::printf(", exact");
    for (const std::int64_t j : neurons) std::printf(" %d", int(j));
    const Matrix whole = patched(broken, data, "layers.0.post", look(net, data, "layers.0.post"));
    std::printf("\nright on: healthy %.1f %%, broken %.1f %%, layer 0 patched %.1f %% (exact: as healthy)\n",
                100 * accuracy_of(net, data), 100 * accuracy_of(broken, data), 100 * accuracy(whole, data));
  });
}

// What the network reads when pixels are replaced by their means, in three orders.
void draw_removal(Figure& panel, const Network& net) {
  const Inputs data = test_digits();
  const Matrix slopes = saliency(net, data), &x = data.at("x");
  std::vector<double> mean(64, 0.0), weight(64, 0.0);
  for (std::int64_t i = 0; i < x.size(); ++i) mean[i % 64] += x[i] / double(x.rows());
  for (std::int64_t i = 0; i < x.size(); ++i) weight[i % 64] += std::abs(slopes[i] * (mean[i % 64] - x[i]));
  std::vector<std::int64_t> most(64), random = student_rng("lab03 removal").permutation(64);
  std::iota(most.begin(), most.end(), 0);
  std::ranges::sort(most, {}, [&](std::int64_t p) { return -weight[p]; });
  const std::vector<std::int64_t> least(most.rbegin(), most.rend());
  for (const auto& [label, order] :
       {std::pair{"least salient first", &least}, {"at random", &random}, {"most salient first", &most}}) {
    Series curve{label, {}, {}, SeriesStyle::lines_points};
    Inputs left = data;
    for (std::size_t removed = 0;; removed += 4) {
      curve.x.push_back(double(removed)), curve.y.push_back(100 * accuracy_of(net, left));
      if (removed == 64) break;
      for (std::int64_t row = 0; row < x.rows(); ++row)
        for (std::size_t i = removed; i < removed + 4; ++i) left.at("x")(row, (*order)[i]) = mean[(*order)[i]];
    }
    std::printf("16 of 64 pixels gone, %s: right on %.1f %%\n", label, curve.y[4]);
    panel.series.push_back(curve);
  }
}

}  // namespace

int main() {
  std::printf("numbers of %s\n", student().c_str());
  Figure training{.title = "Training", .x_label = "epoch", .y_label = "loss", .log_y = true};
  Figure removal{.title = "Pixels taken away", .x_label = "pixels replaced by their means", .y_label = "right, %"};
  const Network net = trained(training);
  draw_pixels(net);
  std::printf("out/pixels.svg\n");
  Figure figure;
  if (!training.series.empty()) figure.panels.push_back(training);
  draw_repair(figure.panels, net);
  attempt([&] { draw_removal(removal, net), figure.panels.push_back(removal); });
  if (figure.panels.empty()) return 0;
  basin::report::write_figure("out", "figure", figure);
  std::printf("out/figure.svg\n");
}
