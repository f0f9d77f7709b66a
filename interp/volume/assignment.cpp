#include "interp/volume/assignment.h"

#include <limits>

namespace basin::interp {
namespace {

// Rows enter one at a time, each by a shortest path of reduced costs -w(i, j) - u_i - v_j >= 0. Index 0 stands for the
// column where the path starts, and for a column without row.
class Assignment {
 public:
  explicit Assignment(const Matrix& w) : w_(w), n_(w.rows()), row_(n_ + 1), u_(n_ + 1), v_(n_ + 1) {
    for (std::int64_t row = 1; row <= n_; ++row) enter(row);
  }

  std::vector<std::int64_t> columns() const {
    std::vector<std::int64_t> of_row(n_);
    for (std::int64_t column = 1; column <= n_; ++column) of_row[row_[column] - 1] = column - 1;
    return of_row;
  }

 private:
  void enter(std::int64_t new_row) {
    row_[0] = new_row;
    slack_.assign(n_ + 1, std::numeric_limits<double>::infinity());
    before_.assign(n_ + 1, 0);
    reached_.assign(n_ + 1, false);
    std::int64_t column = 0;
    while (row_[column] != 0) column = reach_next(column);
    for (; column != 0; column = before_[column]) row_[column] = row_[before_[column]];
  }

  std::int64_t reach_next(std::int64_t from) {
    reached_[from] = true;
    std::int64_t nearest = -1;
    for (std::int64_t c = 1; c <= n_; ++c) {
      if (reached_[c]) continue;
      const double cost = -w_(row_[from] - 1, c - 1) - u_[row_[from]] - v_[c];
      if (cost < slack_[c]) slack_[c] = cost, before_[c] = from;
      if (nearest < 0 || slack_[c] < slack_[nearest]) nearest = c;
    }
    const double step = slack_[nearest];
    for (std::int64_t c = 0; c <= n_; ++c) {
      if (reached_[c])
        u_[row_[c]] += step, v_[c] -= step;
      else
        slack_[c] -= step;
    }
    return nearest;
  }

  const Matrix& w_;
  std::int64_t n_;
  std::vector<std::int64_t> row_;  // of each column
  std::vector<double> u_, v_;      // potentials of rows and columns
  std::vector<double> slack_;
  std::vector<std::int64_t> before_;
  std::vector<bool> reached_;
};

}  // namespace

std::vector<std::int64_t> best_assignment(const Matrix& w) {
  if (w.rows() != w.cols()) throw ShapeError("assignment: a matrix of shape " + w.shape.str() + "; wanted a square");
  return Assignment(w).columns();
}

double maximum_weight_assignment(const Matrix& w) {
  const std::vector<std::int64_t> column = best_assignment(w);
  double sum = 0;
  for (std::int64_t row = 0; row < w.rows(); ++row) sum += w(row, column[row]);
  return sum;
}

}  // namespace basin::interp
