// A traced model cut at some of its values, with a constant coordinate carried through every cut (docs/theory.md §5.1).
//
// At each node layer x = (f, c) with c = 1. Between two of them biases count as c b, and c goes on as it would in a
// network whose biases are weights from a neuron that is always 1: through a relu it stays c, through a gelu it becomes
// gelu(r c) with gelu(r) = 1 (interp/basis/carry.h). So the derivative to the constant holds all biases behind it, and
// for ReLU networks output = J x exactly. Past an activation that never is 1 (tanh, sigmoid) the constant is carried as
// it is.
// It is a view: the values are those of the model, and no second set of parameters exists.
#pragma once
#include <optional>

#include "interp/basis/attention_section.h"
#include "interp/basis/dense_section.h"
#include "interp/layers/dense_network.h"

namespace basin::interp {

// A value of the graph, or several side by side: [rows, d], or [rows, positions, d] with as many positions.
struct NodeLayer {
  std::string name;                   // in files and figures
  std::string value;                  // by its name in the graph
  std::vector<std::string> beside{};  // more of them, each with a constant of its own behind it
  // A value [..., 1] in front of all, which no bias reaches and which has no constant: the scale of a layer norm. Bases
  // keep its direction by itself. None: empty.
  std::string apart{};
};

class FoldedModel {
 public:
  // Node layers in order of computation. The last one has no constant. NameError for an unknown value; UsageError for
  // fewer than two layers, for values that are not as NodeLayer says, for a node layer that depends on the data
  // otherwise than through the one before, and for operations that no rule for the constant is known for: the text
  // names the value.
  //
  // Coordinates: for each node layer none (an empty matrix), or an invertible A [d, d]: f is then seen as f A, and what
  // comes after reads f A A^-1. The weights stay, and there are no closed forms next to such a layer. ShapeError for
  // other shapes.
  FoldedModel(ModelPoint model, std::vector<NodeLayer> layers, std::vector<Matrix> coordinates = {});

  const ModelPoint& model() const { return model_; }
  const std::vector<NodeLayer>& layers() const { return layers_; }
  std::int64_t sections() const { return std::int64_t(layers_.size()) - 1; }
  std::int64_t width(std::int64_t layer) const { return widths_[layer]; }         // of x: with the constants
  std::int64_t positions(std::int64_t layer) const { return positions_[layer]; }  // 1 where values have none
  bool has_constant(std::int64_t layer) const { return layer < sections(); }
  bool has_apart(std::int64_t layer) const { return !layers_[layer].apart.empty(); }  // coordinate 0 of x
  // Closed forms, where a section has one; that of attention is compared with the graph when it is found.
  const std::optional<DenseSection>& dense(std::int64_t section) const { return dense_[section]; }
  const std::optional<AttentionSection>& attention(std::int64_t section) const { return attention_[section]; }

  // In a graph that model().trace has filled; [rows, positions, …] where values have positions:
  Var value(Graph& graph, std::int64_t layer) const;             // f, [rows, d]: x without the last constant
  Var node(Graph& graph, std::int64_t layer) const;              // x of its own forward pass, [rows, width]
  Var section(Graph& graph, std::int64_t section, Var x) const;  // x of the next layer from x [rows, width]
  Var through(Graph& graph, std::int64_t first, Var x) const;    // all sections from `first` on
  Var pre(Graph& graph, std::int64_t section, Var x) const;      // x W~ of a dense section

 private:
  std::vector<Var> values_of(Graph& graph, std::int64_t layer) const;
  void measure(Graph& graph, std::int64_t layer);
  void find_closed_form(Graph& graph, std::int64_t section);
  void set_coordinates(std::vector<Matrix> coordinates);
  ModelPoint model_;
  std::vector<NodeLayer> layers_;
  std::vector<Matrix> in_, out_;  // A and A^-1 by node layer, or empty
  std::vector<std::int64_t> widths_, positions_;
  std::vector<std::optional<DenseSection>> dense_;
  std::vector<std::optional<AttentionSection>> attention_;
};

// The inputs of all dense layers, named as their weights are without .weight, and the output under that name.
std::vector<NodeLayer> node_layers(const DenseNetwork& network);

}  // namespace basin::interp
