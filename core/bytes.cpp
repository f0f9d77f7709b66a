#include "core/bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace basin {
namespace {

double half_to_double(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double value = exponent ? std::ldexp(1024 + mantissa, exponent - 25) : std::ldexp(mantissa, -24);
  if (exponent == 31) value = mantissa ? std::numeric_limits<double>::quiet_NaN() : HUGE_VAL;
  return bits >> 15 ? -value : value;
}

double bfloat_to_double(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t(bits) << 16); }

template <class Integer>
double exact(Integer value, std::string_view where) {
  constexpr std::int64_t limit = std::int64_t(1) << 53;
  if (std::cmp_greater(value, limit) || std::cmp_less(value, -limit))
    throw DataError(
        fmt::format("{}: the integer {} is outside ±2^53, where doubles are exact"
                    "; help: store such numbers as text",
                    where, value));
  return double(value);
}

double truth(std::uint8_t value, std::string_view where) {
  if (value > 1) throw DataError(fmt::format("{}: a boolean is {}, not 0 or 1; the file is corrupt", where, value));
  return value;
}

template <class T, class Convert>
std::vector<double> decode_as(std::string_view bytes, Convert convert) {
  std::vector<double> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = convert(load<T>(bytes.data() + i * sizeof(T)));
  return values;
}

}  // namespace

std::size_t item_size(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64:
    case Dtype::i64:
    case Dtype::u64: return 8;
    case Dtype::f32:
    case Dtype::i32:
    case Dtype::u32: return 4;
    case Dtype::f16:
    case Dtype::bf16:
    case Dtype::i16:
    case Dtype::u16: return 2;
    case Dtype::i8:
    case Dtype::u8:
    case Dtype::boolean: break;
  }
  return 1;
}

Shape checked_shape(std::span<const std::uint64_t> dims, Dtype dtype, std::uint64_t present, std::string_view where) {
  if (dims.size() > std::size_t(Shape::max_rank))
    throw DataError(fmt::format("{}: {} axes, at most {} are supported", where, dims.size(), Shape::max_rank));
  // An axis of length 0 must not hide an overflow of the others: Shape::numel multiplies from the left.
  std::uint64_t nonzero = item_size(dtype);
  bool empty = false;
  for (std::uint64_t d : dims) {
    empty |= d == 0;
    if (d && (__builtin_mul_overflow(nonzero, d, &nonzero) || nonzero > std::uint64_t(INT64_MAX)))
      throw DataError(fmt::format("{}: shape [{}] is absurd; the file is corrupt", where, fmt::join(dims, ",")));
  }
  const std::uint64_t needed = empty ? 0 : nonzero;
  if (needed != present)
    throw DataError(fmt::format("{}: shape [{}] of {}-byte numbers needs {} bytes, {} are there; the file is {}", where,
                                fmt::join(dims, ","), item_size(dtype), needed, present,
                                present < needed ? "truncated or corrupt" : "corrupt"));
  Shape shape;
  for (std::uint64_t d : dims) shape.push_back(std::int64_t(d));
  return shape;
}

std::string swapped_bytes(std::string_view bytes, std::size_t item) {
  std::string swapped(bytes);
  for (std::size_t at = 0; at + item <= swapped.size(); at += item)
    std::reverse(swapped.begin() + std::ptrdiff_t(at), swapped.begin() + std::ptrdiff_t(at + item));
  return swapped;
}

std::vector<double> decode(std::string_view bytes, Dtype dtype, std::string_view where) {
  const auto as_is = [](auto value) { return double(value); };
  switch (dtype) {
    case Dtype::f64: return decode_as<double>(bytes, as_is);
    case Dtype::f32: return decode_as<float>(bytes, as_is);
    case Dtype::f16: return decode_as<std::uint16_t>(bytes, half_to_double);
    case Dtype::bf16: return decode_as<std::uint16_t>(bytes, bfloat_to_double);
    case Dtype::i64: return decode_as<std::int64_t>(bytes, [&](std::int64_t v) { return exact(v, where); });
    case Dtype::u64: return decode_as<std::uint64_t>(bytes, [&](std::uint64_t v) { return exact(v, where); });
    case Dtype::i32: return decode_as<std::int32_t>(bytes, as_is);
    case Dtype::u32: return decode_as<std::uint32_t>(bytes, as_is);
    case Dtype::i16: return decode_as<std::int16_t>(bytes, as_is);
    case Dtype::u16: return decode_as<std::uint16_t>(bytes, as_is);
    case Dtype::i8: return decode_as<std::int8_t>(bytes, as_is);
    case Dtype::u8: return decode_as<std::uint8_t>(bytes, as_is);
    case Dtype::boolean: break;
  }
  return decode_as<std::uint8_t>(bytes, [&](std::uint8_t v) { return truth(v, where); });
}

}  // namespace basin
