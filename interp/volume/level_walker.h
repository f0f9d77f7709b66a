// One point on its way through a level set {w in the box : L(w) < level}, by moves that leave the even distribution on
// the set as it is. They need no step size: along a line through the point, the next one is drawn evenly from the part
// of the line that lies in the set and the box (docs/theory.md §4.2; slice sampling by shrinkage, Neal, "Slice
// sampling", Annals of Statistics 2003). The part may be in pieces.
#pragma once
#include "interp/volume/volume.h"

namespace basin::interp {

class LevelWalker {
 public:
  // Moves `w`, a point of the set.
  LevelWalker(const Loss& loss, const Box& box, double level, std::vector<double>& w, Rng& rng)
      : loss_(loss), h_(box.half_width), level_(level), w_(w), next_(w), rng_(rng) {}

  void along_axis(std::size_t i);
  // The direction a - b, of two points that do not depend on where this one is now.
  void along_difference(std::span<const double> a, std::span<const double> b);
  // w_i e^t, w_j e^-t for i other than j: it keeps areas, as lines do, and goes along the arms of products. Does
  // nothing where one of them is 0.
  void along_hyperbola(std::size_t i, std::size_t j);

 private:
  double in_box(double x) const;
  bool accept();

  const Loss& loss_;
  double h_, level_;
  std::vector<double>& w_;
  std::vector<double> next_;  // equals w_ between moves
  Rng& rng_;
};

}  // namespace basin::interp
