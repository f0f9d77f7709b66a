// Mean and covariance of the rows of a table that comes in pieces, in memory of one square matrix however many rows
// there are. All is summed relative to a fixed point near the mean: a column that does not vary has variance 0 to
// rounding of its own spread, not of its size.
#pragma once
#include <string>
#include <vector>

#include "core/tensor.h"

namespace basin {

class Moments {
 public:
  Moments() = default;
  // Of rows of so many numbers. `near`, one number for each column or none, is what they are summed relative to: equal
  // means are exact, far ones cost digits.
  explicit Moments(std::int64_t width, std::vector<double> near = {});

  void add(std::span<const double> rows);  // [any, width] in one piece; ShapeError if they do not fit
  // Adds what `other` has seen; for the same bits every time, merge the same parts in the same order. ShapeError unless
  // both have one width and one `near`.
  void merge(const Moments& other);

  std::int64_t samples() const { return samples_; }
  std::int64_t width() const { return std::int64_t(near_.size()); }
  const std::vector<double>& near() const { return near_; }
  // NumericalError before there are samples.
  std::vector<double> mean() const;
  Matrix covariance() const;     // (1/n) sum (x - mean)^T (x - mean), [width, width]
  Matrix second_moment() const;  // (1/n) sum x^T x

  // To go on another day, or with other data: .npz with `samples`, `near`, `sum`, `squares`. DataError for a file that
  // does not hold these.
  void save(const std::string& path) const;
  static Moments load(const std::string& path);

  // All that it knows (core/fields.h).
  template <class Each>
  void fields(Each& each) {
    each(samples_, near_, sum_, squares_);
  }

 private:
  std::int64_t samples_ = 0;
  std::vector<double> near_, sum_;  // sum of x - near
  Matrix squares_;                  // sum of (x - near)^T (x - near)
  std::vector<double> scratch_;
};

}  // namespace basin
