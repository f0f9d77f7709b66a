// What lies between two node layers if that is p = f W + b and then an activation entry by entry, or none, perhaps read
// out by more weights and added to a residual stream: closed forms are for this.
#pragma once
#include <optional>

#include "interp/sweep/sweep.h"

namespace basin {
struct Op;
}

namespace basin::interp {

// x' = a(x W~) V + x S, in x = (f, 1).
struct DenseSection {
  Matrix weight;  // W~ [d, columns]: the row of the constant holds the bias, its column comes last; the
                  // last section has none
  const Op* activation = nullptr;  // none: linear
  bool constant_through = true;    // the constant goes through the activation
  Matrix out{}, skip{};            // V [columns, d'] and S [d, d']; both or none: x' = a(x W~)

  Var activate(Var p) const;  // a(p)
  bool reads_out() const { return out.size() > 0; }
  Matrix behind(const Matrix& target) const;  // V target: of features x' target, what each column of a(p) adds to them
};

// The section between two values: a dense layer from one to the other, or a multi-layer perceptron on a residual
// stream, blocks.l.hook_resid_mid to .hook_resid_post without normalisation. None if there is something else.
std::optional<DenseSection> dense_section(const ModelPoint& model, Graph& graph, const std::string& from,
                                          const std::string& to, bool constant);

}  // namespace basin::interp
