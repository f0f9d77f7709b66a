#include "core/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/file.h"
#include "core/file_format.h"

namespace basin {
namespace {

constexpr std::size_t most_bytes = std::size_t(1) << 29;  // unpacked; ten times MNIST

[[noreturn]] void fail(std::string_view name, const std::string& what) {
  throw DataError(fmt::format("{}: {}; help: an IDX file is wanted, raw or gzip-compressed", name, what));
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (const char byte : bytes.substr(at, 4)) number = number << 8 | std::uint8_t(byte);
  return number;
}

Dtype type_of(int code, std::string_view name) {
  static const std::map<int, Dtype> types{{0x08, Dtype::u8},  {0x09, Dtype::i8},  {0x0B, Dtype::i16},
                                          {0x0C, Dtype::i32}, {0x0D, Dtype::f32}, {0x0E, Dtype::f64}};
  const auto found = types.find(code);
  if (found == types.end())
    fail(name, fmt::format("type code {:#04x}, wanted 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e", code));
  return found->second;
}

// The axes a header claims, once they are known to need exactly the bytes behind it.
Shape checked_axes(std::string_view axes, std::size_t width, std::uint64_t present, std::string_view name) {
  Shape shape;
  std::uint64_t bytes = width;
  for (std::size_t at = 0; at < axes.size(); at += 4) {
    const auto length = big_endian(axes, at);
    if (length == 0) fail(name, fmt::format("axis {} is empty", shape.rank()));
    shape.push_back(length);
    if (length > present / bytes)
      fail(name,
           fmt::format("{} bytes of numbers, too few for an axis {} of length {}", present, shape.rank() - 1, length));
    bytes *= length;
  }
  if (bytes != present)
    fail(name, fmt::format("{} bytes of numbers, wanted {} for shape {}", present, bytes, shape.str()));
  return shape;
}

template <class T>
Tensor<T> decoded(std::string_view bytes, const NumbersIn& numbers, std::string_view name) {
  Tensor<T> out(numbers.shape);
  constexpr std::int64_t at_once = 1 << 16;
  const std::size_t item = item_size(numbers.dtype);
  for (std::int64_t first = 0; first < out.size(); first += at_once) {
    const std::int64_t count = std::min(at_once, out.size() - first);
    const std::string_view some = bytes.substr(numbers.begin + std::size_t(first) * item, std::size_t(count) * item);
    const std::vector<double> values = decode(swapped_bytes(some, item), numbers.dtype, name);
    std::ranges::transform(values, out.data.begin() + first, [](double x) { return T(x); });
  }
  return out;
}

bool is_packed(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

}  // namespace

NumbersIn idx_numbers(std::string_view bytes, std::string_view name) {
  if (const std::string other = foreign_format(bytes); !other.empty())
    throw DataError(fmt::format("{}: not an IDX file: {}", name, other));
  if (bytes.size() < 4) fail(name, fmt::format("{} bytes, too few for a header", bytes.size()));
  if (bytes[0] != 0 || bytes[1] != 0)
    fail(name, fmt::format("wrong magic {:#010x}, wanted 0x0000 and type and rank", big_endian(bytes, 0)));
  const Dtype type = type_of(std::uint8_t(bytes[2]), name);
  const int rank = std::uint8_t(bytes[3]);
  if (rank < 1 || rank > Shape::max_rank) fail(name, fmt::format("rank {}, wanted 1 to {}", rank, Shape::max_rank));
  const std::size_t header = 4 + 4 * std::size_t(rank);
  if (bytes.size() < header) fail(name, fmt::format("{} bytes, too few for {} axes", bytes.size(), rank));
  return {type, true, checked_axes(bytes.substr(4, header - 4), item_size(type), bytes.size() - header, name), header};
}

Tensor<float> parse_idx(std::string_view bytes, std::string_view name) {
  std::string unpacked;
  if (is_packed(bytes)) bytes = unpacked = gunzip(bytes, most_bytes, name);
  return decoded<float>(bytes, idx_numbers(bytes, name), name);
}

Tensor<float> read_idx(const std::filesystem::path& path) { return parse_idx(read_file(path.string()), path.string()); }

Tensor<double> read_pixels(const std::string& path) {
  std::string bytes = read_file(path);
  if (is_packed(bytes)) bytes = gunzip(bytes, most_bytes, path);
  const NumbersIn numbers = idx_numbers(bytes, path);
  Tensor<double> out = decoded<double>(bytes, numbers, path);
  if (numbers.dtype == Dtype::u8)
    for (double& x : out.data) x /= 255;
  return out;
}

bool is_idx_name(std::string_view path) {
  if (path.ends_with(".gz")) path.remove_suffix(3);
  return path.ends_with("-ubyte") || path.ends_with(".idx");
}

}  // namespace basin
