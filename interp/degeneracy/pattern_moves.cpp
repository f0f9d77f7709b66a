#include "interp/degeneracy/pattern_moves.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/equilibrate.h"
#include "core/matrix.h"
#include "core/streaming_qr.h"

namespace basin::interp {
namespace {

using Indices = std::vector<std::int64_t>;

// What can be added to pre-activations: pre-activations that are multiples of the first of `neurons`, scale_j times
// it, each with a pattern of its own; or the constant.
struct Source {
  Indices neurons{};
  std::vector<double> scales{};
  bool constant() const { return neurons.empty(); }
};

Indices live_neurons(const FiringMasks& masks) {
  Indices live;
  for (std::int64_t i = 0; i < std::int64_t(masks.columns.size()); ++i)
    if (masks.count(i) > 0) live.push_back(i);
  return live;
}

// rows: pre-activations in coordinates of what the data span.
std::vector<Source> sources_of(const Matrix& rows, const Indices& live, bool constant, double tolerance) {
  std::vector<Source> all;
  for (const std::int64_t i : live) {
    if (norm(rows.row(i)) == 0) continue;
    const auto multiple = [&](const Source& s) {
      const auto first = rows.row(s.neurons.front()), row = rows.row(i);
      const double scale = dot(first, row) / dot(first, first);
      double rest = 0;
      for (std::size_t c = 0; c < row.size(); ++c) rest += std::pow(row[c] - scale * first[c], 2);
      return std::sqrt(rest) <= tolerance * norm(row);
    };
    auto known = std::ranges::find_if(all, multiple);
    if (known == all.end()) known = all.insert(all.end(), Source{});
    known->neurons.push_back(i);
    const auto first = rows.row(known->neurons.front());
    known->scales.push_back(dot(first, rows.row(i)) / dot(first, first));
  }
  if (constant) all.push_back({});
  return all;
}

// One hidden layer, seen by the neurons of the next.
struct Readers {
  Indices live;                    // neurons of the hidden layer
  std::vector<Matrix> patterns{};  // by reader: R of the live patterns, and the constant, where it fires
  std::vector<Matrix> read{};      // by reader: the live patterns times its weights for them
};

// The rows are the samples on which the reader fires.
Matrix patterns_where(const FiringMasks& masks, const FiringMasks* reader, std::int64_t r, const Indices& live) {
  const std::int64_t samples = reader ? reader->count(r) : masks.samples, columns = std::int64_t(live.size());
  Matrix out({samples, columns + 1}, 1.0);
  for (std::int64_t s = 0, row = 0; s < masks.samples; ++s) {
    if (reader && !reader->fires(s, r)) continue;
    for (std::int64_t i = 0; i < columns; ++i) out(row, i) = masks.fires(s, live[i]);
    ++row;
  }
  return out;
}

Readers readers_of(const ReluNet& net, const NetworkFactors& factors, std::int64_t layer) {
  const FiringMasks& masks = factors.layers[layer].firing;
  const bool outputs = layer + 2 == net.layers();
  const Matrix& w = net.weights[layer + 1];
  Readers all{.live = live_neurons(masks)};
  for (std::int64_t r = 0; r < w.rows(); ++r) {
    const FiringMasks* reader = outputs ? nullptr : &factors.layers[layer + 1].firing;
    if (outputs && r > 0)
      all.patterns.push_back(all.patterns.front());
    else
      all.patterns.push_back(qr_r(patterns_where(masks, reader, r, all.live)));
    Matrix read = all.patterns.back();
    for (std::int64_t q = 0; q < read.shape[0]; ++q)
      for (std::size_t i = 0; i < all.live.size(); ++i) read(q, std::int64_t(i)) *= w(r, all.live[i]);
    all.read.push_back(std::move(read));
  }
  return all;
}

// The source's patterns for one reader, [any, neurons of the source].
Matrix own_patterns(const Readers& readers, std::size_t r, const Source& source) {
  const Matrix& all = readers.patterns[r];
  Matrix own({all.shape[0], source.constant() ? 1 : std::int64_t(source.neurons.size())});
  for (std::int64_t c = 0; c < own.shape[1]; ++c) {
    const auto place = source.constant() ? readers.live.end() : std::ranges::find(readers.live, source.neurons[c]);
    for (std::int64_t q = 0; q < own.shape[0]; ++q) own(q, c) = all(q, place - readers.live.begin());
  }
  return own;
}

// What the reader notices of a unit change by each live neuron: its patterns without their part along the source's.
Matrix noticed(const Matrix& read, const Matrix& own, double tolerance) {
  const std::int64_t columns = read.shape[1] - 1;
  const Matrix basis = range_basis(own, tolerance), along = matmul(basis, matmul(basis, read, true));
  Matrix rest({read.shape[0], columns});
  for (std::int64_t i = 0; i < columns; ++i) {
    double all = 0, left = 0;
    for (std::int64_t q = 0; q < read.shape[0]; ++q) {
      rest(q, i) = read(q, i) - along(q, i);
      all += read(q, i) * read(q, i), left += rest(q, i) * rest(q, i);
    }
    for (std::int64_t q = 0; left <= tolerance * tolerance * all && q < read.shape[0]; ++q) rest(q, i) = 0;
  }
  return rest;
}

// A reader's weights as a whole are in units of its own: its conditions hold in any.
Matrix in_units(Matrix read) {
  const double unit = unit_scale(norm(read.data));
  for (double& v : read.data) v *= unit;
  return read;
}

// Scales the columns to length 1, and says by what.
std::vector<double> column_units(Matrix& a) {
  std::vector<double> units(a.shape[1]);
  for (std::int64_t q = 0; q < a.shape[0]; ++q)
    for (std::size_t i = 0; i < units.size(); ++i) units[i] += a(q, i) * a(q, i);
  for (double& unit : units) unit = unit_scale(std::sqrt(unit));
  for (std::int64_t q = 0; q < a.shape[0]; ++q)
    for (std::size_t i = 0; i < units.size(); ++i) a(q, i) *= units[i];
  return units;
}

// Columns a that no reader notices, [live, any].
Matrix free_changes(const Readers& readers, const Source& source, double tolerance) {
  StreamingQr conditions(std::int64_t(readers.live.size()));
  for (std::size_t r = 0; r < readers.read.size(); ++r)
    conditions.append(noticed(in_units(readers.read[r]), own_patterns(readers, r, source), tolerance));
  Matrix r = conditions.r();
  std::vector<double> units = column_units(r);
  Matrix changes = null_space(r, tolerance);
  for (std::int64_t i = 0; i < changes.shape[0]; ++i)
    for (double& v : changes.row(i)) v *= units[i];
  return changes;
}

// The least c with own c = change, [columns of own].
std::vector<double> coefficients(const Matrix& own, const std::vector<double>& change, double tolerance) {
  const Svd parts = svd(own);
  std::vector<double> c(own.shape[1]);
  for (std::size_t k = 0; k < parts.s.size() && parts.s[k] > tolerance * parts.s[0]; ++k) {
    double along = 0;
    for (std::int64_t q = 0; q < own.shape[0]; ++q) along += parts.U(q, std::int64_t(k)) * change[q];
    for (std::size_t j = 0; j < c.size(); ++j) c[j] += along / parts.s[k] * parts.Vt(std::int64_t(k), std::int64_t(j));
  }
  return c;
}

// Where W~^l_ij is in the flat parameter vector.
struct Weights {
  std::int64_t start, outputs, inputs;
  std::int64_t operator()(std::int64_t i, std::int64_t j) const { return start + j * outputs + i; }
};

Weights weights_of(const ReluNet& net, std::int64_t layer) {
  std::int64_t start = 0;
  for (std::int64_t l = 0; l < layer; ++l) start += net.parameters(l);
  return {start, net.weights[layer].rows(), net.weights[layer].cols()};
}

// A hidden layer, what reads it, and the coordinates of both dense layers.
struct Junction {
  const ReluNet& net;
  Readers readers;
  Matrix weight;                 // W~^l that makes the layer, the centre undone
  Weights here, next;            // W~^l and W~^{l+1}
  std::vector<double> center{};  // of the layer's activations
  std::vector<Source> sources{};
  std::vector<Matrix> changes{};  // by source: columns a that no reader notices

  // What the source adds to the pre-activations: column `a` of the changes times its row of W~.
  void change_weights(std::vector<double>& move, const Source& source, const Matrix& by, std::int64_t a) const {
    for (std::size_t i = 0; i < readers.live.size(); ++i)
      for (std::int64_t j = 0; j < weight.cols(); ++j)
        move[here(readers.live[i], j)] =
            by(std::int64_t(i), a) *
            (source.constant() ? double(j + 1 == weight.cols()) : weight(source.neurons.front(), j));
  }

  // What reader r takes back, by its weights for the source: c.
  void take_back(std::vector<double>& move, const Source& source, std::int64_t r, const std::vector<double>& c) const {
    if (source.constant()) move[next(r, next.inputs)] = -c[0];
    for (std::size_t j = 0; j < source.neurons.size(); ++j) {
      const double back = -c[j] / source.scales[j];
      move[next(r, source.neurons[j])] = back;
      if (!center.empty()) move[next(r, next.inputs)] += back * center[source.neurons[j]];
    }
  }
};

Junction junction(const ReluNet& net, const NetworkFactors& factors, const std::vector<LayerRanges>& ranges,
                  std::int64_t l, double tolerance) {
  Junction at{net,
              readers_of(net, factors, l),
              centered_weight(net, l, ranges[l].center),
              weights_of(net, l),
              weights_of(net, l + 1),
              ranges[l + 1].center};
  const Matrix seen = matmul(at.weight, ranges[l].activations);
  at.sources = sources_of(seen, at.readers.live, net.has_bias(l) && net.has_bias(l + 1), tolerance);
  for (const Source& source : at.sources) at.changes.push_back(free_changes(at.readers, source, tolerance));
  return at;
}

// Column `a` of a source's changes as a direction of all parameters.
std::vector<double> direction(const Junction& at, std::size_t which, std::int64_t a, double tolerance) {
  const Source& source = at.sources[which];
  const Matrix& changes = at.changes[which];
  std::vector<double> move(at.net.parameters());
  at.change_weights(move, source, changes, a);
  for (std::size_t r = 0; r < at.readers.read.size(); ++r) {
    const Matrix& read = at.readers.read[r];
    std::vector<double> change(read.shape[0]);
    for (std::int64_t q = 0; q < read.shape[0]; ++q)
      for (std::size_t i = 0; i < at.readers.live.size(); ++i)
        change[q] += read(q, std::int64_t(i)) * changes(std::int64_t(i), a);
    at.take_back(move, source, std::int64_t(r), coefficients(own_patterns(at.readers, r, source), change, tolerance));
  }
  return move;
}

}  // namespace

bool visit_pattern_moves(const ReluNet& net, const NetworkFactors& factors, const std::vector<LayerRanges>& ranges,
                         double tolerance, const VisitMoves& visit) {
  std::vector<Junction> junctions;
  std::int64_t count = 0;
  for (std::int64_t l = 0; l + 1 < net.layers(); ++l) {
    junctions.push_back(junction(net, factors, ranges, l, tolerance));
    for (const Matrix& changes : junctions.back().changes) count += changes.shape[1];
  }
  if (count > most_pattern_numbers / net.parameters()) return false;
  std::vector<double> rows;
  const auto pass_on = [&] {
    const auto any = std::ssize(rows) / net.parameters();
    if (any > 0) visit({{any, net.parameters()}, std::move(rows)});
    rows.clear();
  };
  for (const Junction& at : junctions)
    for (std::size_t source = 0; source < at.sources.size(); ++source)
      for (std::int64_t a = 0; a < at.changes[source].shape[1]; ++a) {
        std::ranges::copy(direction(at, source, a, tolerance), std::back_inserter(rows));
        if (std::ssize(rows) >= moves_at_once(net.parameters()) * net.parameters()) pass_on();
      }
  pass_on();
  return true;
}

Matrix pattern_moves(const ReluNet& net, const NetworkFactors& factors, const std::vector<LayerRanges>& ranges,
                     double tolerance) {
  Matrix all({0, net.parameters()});
  visit_pattern_moves(net, factors, ranges, tolerance, [&](const Matrix& rows) {
    all.data.insert(all.data.end(), rows.data.begin(), rows.data.end());
    all.shape = {all.shape[0] + rows.shape[0], net.parameters()};
  });
  return all;
}

}  // namespace basin::interp
