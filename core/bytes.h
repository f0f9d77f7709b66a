// Numbers as they lie in files: packed, little-endian. Shared by the .npy and safetensors readers, with the check both
// make before anything is allocated.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/shape.h"

namespace basin {

static_assert(std::endian::native == std::endian::little, "file formats are read and written as little-endian memory");

template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class T>
void store(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class T>
std::string packed(std::span<const T> values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

enum class Dtype { f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8, boolean };

template <class T>
constexpr Dtype dtype_of() = delete;
template <>
constexpr Dtype dtype_of<double>() {
  return Dtype::f64;
}
template <>
constexpr Dtype dtype_of<float>() {
  return Dtype::f32;
}
template <>
constexpr Dtype dtype_of<std::int64_t>() {
  return Dtype::i64;
}

std::size_t item_size(Dtype dtype);  // bytes of one number

// The shape a file claims, once it is known to need exactly the `present` bytes. DataError (starting with `where`) when
// it needs more or fewer, overflows, or has more than Shape::max_rank axes.
Shape checked_shape(std::span<const std::uint64_t> dims, Dtype dtype, std::uint64_t present, std::string_view where);

// Where the numbers of an array lie in its file, row-major.
struct NumbersIn {
  Dtype dtype;
  bool big_endian;
  Shape shape;
  std::size_t begin;  // in bytes
};

// The same numbers with the bytes of each in the other order: of files that are big-endian.
std::string swapped_bytes(std::string_view bytes, std::size_t item);

// All numbers in `bytes` as double, exactly; NaN and Inf pass. DataError for an integer outside ±2^53 (a double would
// round it) and a boolean that is neither 0 nor 1. `bytes` holds whole numbers.
std::vector<double> decode(std::string_view bytes, Dtype dtype, std::string_view where);

}  // namespace basin
