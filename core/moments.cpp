#include "core/moments.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "core/blas.h"
#include "core/npz.h"

namespace basin {

Moments::Moments(std::int64_t width, std::vector<double> near)
    : near_(std::move(near)), sum_(width), squares_({width, width}) {
  if (near_.empty()) near_.resize(width);
  if (std::ssize(near_) != width)
    throw ShapeError(fmt::format("moments: a point of {} numbers given for rows of {}", near_.size(), width));
}

void Moments::add(std::span<const double> rows) {
  const std::int64_t d = width(), n = d ? std::int64_t(rows.size()) / d : 0;
  if (n * d != std::ssize(rows))
    throw ShapeError(fmt::format("moments: {} numbers given, wanted rows of {}", rows.size(), d));
  scratch_.resize(rows.size());
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < d; ++j) sum_[j] += scratch_[i * d + j] = rows[i * d + j] - near_[j];
  gram(n, d, scratch_.data(), d, squares_.data.data(), d);
  samples_ += n;
}

void Moments::merge(const Moments& other) {
  if (near_ != other.near_)
    throw ShapeError(
        fmt::format("moments: {} columns and {}, or summed relative to two points", width(), other.width()));
  samples_ += other.samples_;
  std::ranges::transform(sum_, other.sum_, sum_.begin(), std::plus<>());
  std::ranges::transform(squares_.data, other.squares_.data, squares_.data.begin(), std::plus<>());
}

std::vector<double> Moments::mean() const {
  if (samples_ == 0) throw NumericalError("moments: no mean of no samples");
  std::vector<double> m(near_);
  for (std::size_t j = 0; j < m.size(); ++j) m[j] += sum_[j] / double(samples_);
  return m;
}

Matrix Moments::covariance() const {
  if (samples_ == 0) throw NumericalError("moments: no covariance of no samples");
  Matrix c = squares_;
  const double n = double(samples_);
  for (std::int64_t i = 0; i < c.rows(); ++i)
    for (std::int64_t j = 0; j < c.cols(); ++j) c(i, j) = (c(i, j) - sum_[i] * sum_[j] / n) / n;
  return c;
}

Matrix Moments::second_moment() const {
  if (samples_ == 0) throw NumericalError("moments: no second moment of no samples");
  Matrix second = squares_;
  const double n = double(samples_);
  for (std::int64_t i = 0; i < second.rows(); ++i)
    for (std::int64_t j = 0; j < second.cols(); ++j)
      second(i, j) = (second(i, j) + (near_[i] * sum_[j] + near_[j] * sum_[i])) / n + near_[i] * near_[j];
  return second;
}

void Moments::save(const std::string& path) const {
  NpzWriter out;
  out.add("samples", Tensor<std::int64_t>(Shape{}, samples_));
  out.add("near", Tensor<double>({width()}, near_));
  out.add("sum", Tensor<double>({width()}, sum_));
  out.add("squares", squares_);
  out.save(path);
}

Moments Moments::load(const std::string& path) {
  const auto arrays = read_npz(path);
  for (const char* name : {"samples", "near", "sum", "squares"})
    if (!arrays.contains(name)) throw DataError(fmt::format("{}: no moments, for it has no array `{}`", path, name));
  Moments m(arrays.at("near").size(), arrays.at("near").data);
  const auto &sum = arrays.at("sum"), &squares = arrays.at("squares"), &samples = arrays.at("samples");
  if (sum.size() != m.width() || !(squares.shape == m.squares_.shape) || samples.size() != 1 || samples[0] < 0)
    throw DataError(fmt::format("{}: no moments: near {}, sum {}, squares {}, samples {}", path,
                                arrays.at("near").shape.str(), sum.shape.str(), squares.shape.str(),
                                samples.shape.str()));
  m.samples_ = std::int64_t(samples[0]);
  m.sum_ = sum.data;
  m.squares_ = squares;
  return m;
}

}  // namespace basin
