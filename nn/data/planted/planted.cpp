#include "nn/data/planted/planted.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "nn/data/planted/planted_rows.h"

namespace basin::nn {
namespace {

constexpr double margin = 0.02;  // pre-activations this near to zero (in standard deviations) drop their sample

using Mask = std::vector<char>;  // over samples

// A network while it grows: f and the masks are on all samples drawn, of which `keep` are still in use.
struct Draw {
  PlantedNet net;
  Matrix x, f;  // inputs, and activations of the last layer grown
  Mask keep;
  std::vector<std::pair<std::size_t, Mask>> patterns;  // of each synchronised block: its layer and where it is on

  std::int64_t kept() const { return std::count(keep.begin(), keep.end(), 1); }
};

Matrix rows_where(const Mask& keep, const Matrix& f, std::int64_t count) {
  Matrix out({count, f.cols()});
  auto to = out.data.begin();
  for (std::int64_t x = 0; x < f.rows() && to != out.data.end(); ++x)
    if (keep[x]) to = std::copy(f.row(x).begin(), f.row(x).end(), to);
  return out;
}

// visit(plant, first neuron) for each plant of a layer.
template <class Visit>
void for_each_plant(const std::vector<Plant>& layer, Visit visit) {
  std::int64_t start = 0;
  for (const Plant& plant : layer) {
    visit(plant, start);
    start += plant.size;
  }
}

// Symmetric projection [d, d] that leaves each block's outgoing weights the planted rank.
Matrix reader_projection(const std::vector<Plant>& layer, Rng& rng) {
  Matrix project = identity(width_of(layer));
  for_each_plant(layer, [&](const Plant& p, std::int64_t start) {
    if (!p.readers || *p.readers >= p.size) return;
    const Matrix q = range_basis(normal_matrix(p.size, *p.readers, rng));
    const Matrix block = matmul(q, q, false, true);
    for (std::int64_t i = 0; i < p.size; ++i)
      for (std::int64_t j = 0; j < p.size; ++j) project(start + i, start + j) = block(i, j);
  });
  return project;
}

// Drops the samples on which a synchronised block disagrees in sign or is near to zero.
void drop_unclean(const std::vector<Plant>& layer, const Matrix& p, Mask& keep) {
  for_each_plant(layer, [&](const Plant& plant, std::int64_t start) {
    if (plant.kind != PlantKind::synchronised) return;
    for (std::int64_t x = 0; x < p.rows(); ++x) {
      const auto part = p.row(x).subspan(start, plant.size);
      keep[x] &= char(std::all_of(part.begin(), part.end(), [](double v) { return v > margin; }) ||
                      std::all_of(part.begin(), part.end(), [](double v) { return v < -margin; }));
    }
  });
}

void note_patterns(const std::vector<Plant>& layer, std::size_t depth, const Matrix& p, Draw& draw) {
  for_each_plant(layer, [&](const Plant& plant, std::int64_t start) {
    if (plant.kind != PlantKind::synchronised) return;
    Mask on(p.rows());
    for (std::int64_t x = 0; x < p.rows(); ++x) on[x] = p(x, start) > 0;
    draw.patterns.emplace_back(depth, std::move(on));
  });
}

void add_layer(PlantedNet& net, const std::vector<PlantedRow>& rows) {
  Matrix weight({std::int64_t(rows.size()), std::int64_t(rows[0].size()) - 1});
  std::vector<double> bias;
  for (std::int64_t i = 0; i < weight.rows(); ++i) {
    std::copy_n(rows[i].begin(), weight.cols(), weight.row(i).begin());
    bias.push_back(rows[i].back());
  }
  net.weights.push_back(std::move(weight));
  net.biases.push_back(std::move(bias));
}

Matrix draw_inputs(const Plan& plan, std::int64_t rows, Rng& rng) {
  if (!plan.input_rank) return normal_matrix(rows, plan.inputs, rng);
  const Matrix z = normal_matrix(rows, *plan.input_rank, rng);
  Matrix mix = normal_matrix(*plan.input_rank, plan.inputs, rng);
  for (double& v : mix.data) v /= std::sqrt(double(*plan.input_rank));
  return matmul(z, mix);
}

// Fractions of the first `samples` kept samples on which a and b are on/on, on/off, off/on, off/off.
std::array<double, 4> joint_states(const Draw& draw, const Mask& a, const Mask& b, std::int64_t samples) {
  std::array<double, 4> share{};
  for (std::int64_t x = 0, seen = 0; seen < samples; ++x) {
    if (!draw.keep[x]) continue;
    share[2 * !a[x] + !b[x]] += 1.0 / double(samples);
    ++seen;
  }
  return share;
}

void check_states(const Plan& plan, const Draw& draw) {
  for (std::size_t i = 0; i < draw.patterns.size(); ++i) {
    const auto& [depth, on] = draw.patterns[i];
    const double rate = joint_states(draw, on, on, plan.samples)[0];
    if (rate < plan.rate || rate > 1 - plan.rate) throw Rejected{};
    for (std::size_t j = 0; j < i; ++j) {
      if (depth - draw.patterns[j].first > 1) continue;  // earlier blocks lie in earlier layers or the same
      if (std::ranges::min(joint_states(draw, on, draw.patterns[j].second, plan.samples)) < plan.joint)
        throw Rejected{};
    }
  }
}

// One hidden layer on top of what was grown. Patterns are checked at once: later layers cost more.
void grow(const Plan& plan, std::size_t depth, const Matrix& project, Draw& draw, Rng& rng) {
  const std::vector<Plant>& layer = plan.hidden[depth];
  std::vector<PlantedRow> rows;
  const Matrix f = rows_where(draw.keep, draw.f, draw.kept());
  const Matrix some = rows_where(draw.keep, draw.f, std::min(draw.kept(), 16 * plan.samples));
  for (const Plant& plant : layer)
    for (PlantedRow& row : block_rows(plant, {f, some, project, rng})) rows.push_back(std::move(row));
  drop_unclean(layer, pre_activations(draw.f, rows), draw.keep);
  if (draw.kept() < plan.samples) throw Rejected{};
  for (PlantedRow& row : rows) {
    const double scale = rng.uniform(0.5, 2);
    for (double& w : row) w *= scale;
  }
  add_layer(draw.net, rows);
  draw.f = pre_activations(draw.f, rows);
  note_patterns(layer, depth, draw.f, draw);
  check_states(plan, draw);
  for (double& v : draw.f.data) v = std::max(v, 0.0);
}

void add_readout(const Plan& plan, const Matrix& project, Draw& draw, Rng& rng) {
  draw.net.weights.push_back(matmul(normal_matrix(plan.outputs, project.rows(), rng), project));
  draw.net.biases.push_back(normal_matrix(plan.outputs, 1, rng).data);
}

PlantedNet try_plant(const Plan& plan, Rng& rng) {
  Draw draw;
  draw.x = draw.f = draw_inputs(plan, 8 * plan.samples << plan.hidden.size(), rng);
  draw.keep.assign(draw.x.rows(), 1);
  Matrix project = identity(plan.inputs);
  for (std::size_t depth = 0; depth < plan.hidden.size(); ++depth) {
    grow(plan, depth, project, draw, rng);
    project = reader_projection(plan.hidden[depth], rng);
  }
  add_readout(plan, project, draw, rng);
  draw.net.x = rows_where(draw.keep, draw.x, plan.samples);
  return std::move(draw.net);
}

void require(bool good, const std::string& what) {
  if (!good) throw UsageError("planted network: " + what);
}

void validate_plant(const Plant& p, std::size_t layer) {
  require(p.size >= 1, fmt::format("a block of {} neurons given in hidden layer {}; wanted 1 or more", p.size, layer));
  const auto rows = p.rows.value_or(p.size), readers = p.readers.value_or(p.size);
  require(rows >= 1 && rows <= p.size,
          fmt::format("row rank {} given for a block of {} neurons; wanted 1 to {}", rows, p.size, p.size));
  require(readers >= 0, fmt::format("reader rank {} given; wanted 0 or more", readers));
}

}  // namespace

std::vector<Plant> blocks(std::initializer_list<std::int64_t> sizes) {
  std::vector<Plant> plants;
  for (std::int64_t size : sizes) plants.push_back({.size = size});
  return plants;
}

std::vector<Plant> with(Plant first, std::vector<Plant> rest) {
  rest.insert(rest.begin(), first);
  return rest;
}

std::int64_t width_of(const std::vector<Plant>& layer) {
  std::int64_t width = 0;
  for (const Plant& plant : layer) width += plant.size;
  return width;
}

void Plan::validate() const {
  require(!hidden.empty() && hidden.size() <= 8, fmt::format("{} hidden layers given; wanted 1 to 8", hidden.size()));
  require(inputs >= 1 && outputs >= 1,
          fmt::format("{} inputs and {} outputs given; wanted 1 or more of each", inputs, outputs));
  require(samples >= 2, fmt::format("{} samples given; wanted 2 or more", samples));
  require(!input_rank || (*input_rank >= 1 && *input_rank <= inputs),
          fmt::format("input rank {} given; wanted 1 to {}", input_rank.value_or(0), inputs));
  require(rate >= 0 && rate <= 0.5 && joint >= 0 && joint <= 0.25,
          fmt::format("rate {} and joint {} given; wanted 0 to 0.5 and 0 to 0.25", rate, joint));
  for (std::size_t l = 0; l < hidden.size(); ++l) {
    require(!hidden[l].empty(), fmt::format("hidden layer {} has no blocks", l));
    for (const Plant& p : hidden[l]) validate_plant(p, l);
  }
}

PlantedNet plant(const Plan& plan, std::uint64_t seed, int attempts) {
  plan.validate();
  Rng rng(seed, "planted");
  for (int attempt = 0; attempt < attempts; ++attempt) {
    try {
      PlantedNet net = try_plant(plan, rng);
      net.attempts = attempt;
      return net;
    } catch (const Rejected&) {
      continue;
    }
  }
  throw NoSuchNetwork(
      fmt::format("planted network: none of {} draws shows every joint state of its blocks on {} samples; help: plan "
                  "fewer or smaller blocks, more inputs, or a smaller rate and joint",
                  attempts, plan.samples));
}

}  // namespace basin::nn
