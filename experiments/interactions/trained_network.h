// A network that was trained, of whatever kind, and rows of data: what interaction_graph and ablation look at.
#pragma once
#include <string>
#include <vector>

#include "interp/basis/folded.h"
#include "interp/edges/score.h"

namespace basin::experiments {

struct Rows {
  Matrix x{};                // [n, inputs], or tokens [n, n_ctx]
  Tensor<double> targets{};  // labels [n], targets [n, outputs], or no numbers

  std::int64_t size() const { return x.size() ? x.rows() : 0; }
};

struct TrainedNetwork {
  interp::ModelPoint model{};
  std::string input{};                      // that rows x go into, by name
  std::vector<interp::NodeLayer> values{};  // that can be node layers, in order of computation; the last is the output
  std::vector<std::string> layers{};        // names of those that are, if none are asked for
  Rows train{}, test{};                     // test: no rows where there are none
  bool classes = false;                     // targets are labels
  bool every_position = false;              // there is an output at every position
  std::int64_t vocabulary = 0;              // x are tokens below this; 0: x are any numbers
  std::int64_t modulus = 0;                 // p, of a network that was trained on arithmetic modulo p; else 0
  std::string what{}, data{};               // for pages: a file, a data set

  Inputs inputs(const Rows& rows) const { return {{input, rows.x}}; }
  std::int64_t columns() const;  // of x
};

// Node layers by their names: one of `values`, or several with + between them. UsageError listing what there is.
std::vector<interp::NodeLayer> node_layers(const TrainedNetwork& network, const std::vector<std::string>& names);

// DataError naming the file unless there are the network's columns.
void require_columns(const TrainedNetwork& network, std::int64_t columns, const std::string& file);
// The same of x, and for tokens unless they are whole numbers of its vocabulary.
void require_rows(const TrainedNetwork& network, const Matrix& x, const std::string& file);

// On labels or targets: accuracy (of labels), cross-entropy or mse by name; empty: by what the targets are. UsageError
// where there are none, where they do not fit the name, and for outputs at every position.
interp::Scoring scoring_of(const TrainedNetwork& network, const Rows& rows, const std::string& name);

}  // namespace basin::experiments
