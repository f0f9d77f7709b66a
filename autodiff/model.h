// A model is a value: a function that traces a network for a number of rows. Nothing else in the project knows which
// architecture it is: training, sweeps, samplers and checkpoints take any model, yours too (examples/own_model.cpp).
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "autodiff/parameters.h"
#include "core/row_source.h"
#include "core/tensor.h"

namespace basin {

// What a traced model ends in. The loss is one number for each row (or for each row and position, or a scalar that is
// their mean); who needs one number takes mean(loss). Either may be empty where nobody asks for it.
struct Ends {
  Var output, loss;
};

struct Model {
  // Makes the inputs [rows, …] and the parameters (Graph::parameter) and names what others may want to look at. The
  // parameters must not depend on the number of rows.
  std::function<Ends(Graph& graph, std::int64_t rows)> trace;
  std::map<std::string, std::string> config{};  // what rebuilds it; goes into checkpoints as it is
};

// Numbers by the name of an input; the first axis is rows, the same for all. Programs in float round them.
// What does not fit into memory stays in its file: runners of plain rows, sweeps (interp/sweep) and rows_of know of it.
struct Inputs : std::map<std::string, Tensor<double>, std::less<>> {
  using map::map;
  std::map<std::string, std::shared_ptr<const RowSource>, std::less<>> in_files{};
};

// The length of the first axis of all inputs. DataError, its text beginning with `who`, if there is no input, one has
// no rows, or their numbers differ.
std::int64_t rows_of(const Inputs& data, std::string_view who);

// The parameters of a model, as it declares them; zeros until started.
std::vector<ParameterInfo> parameters_of(const Model& model);

}  // namespace basin
