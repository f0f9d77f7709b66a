#include "nn/data/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "core/file.h"
#include "core/file_format.h"

namespace basin::nn {
namespace {

constexpr std::size_t most_bytes = std::size_t(1) << 29;  // unpacked; ten times MNIST

[[noreturn]] void fail(std::string_view name, const std::string& what) {
  throw DataError(fmt::format("{}: {}; help: an IDX file is wanted, raw or gzip-compressed", name, what));
}

template <class T>
T big_endian(const char* at) {
  std::array<char, sizeof(T)> swapped;
  std::reverse_copy(at, at + sizeof(T), swapped.begin());
  return std::bit_cast<T>(swapped);
}

struct NumberType {
  int code;
  std::size_t width;
  float (*read)(const char* at);
};

template <class T>
constexpr NumberType number_type(int code) {
  return {code, sizeof(T), [](const char* at) { return float(big_endian<T>(at)); }};
}

const NumberType& type_of(int code, std::string_view name) {
  static const std::array types = {number_type<std::uint8_t>(0x08), number_type<std::int8_t>(0x09),
                                   number_type<std::int16_t>(0x0B), number_type<std::int32_t>(0x0C),
                                   number_type<float>(0x0D),        number_type<double>(0x0E)};
  const auto found = std::find_if(types.begin(), types.end(), [&](auto& t) { return t.code == code; });
  if (found == types.end())
    fail(name, fmt::format("type code {:#04x}, wanted 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e", code));
  return *found;
}

// The axes a header claims, once they are known to need exactly the bytes behind it.
Shape checked_axes(std::string_view axes, std::size_t width, std::uint64_t present, std::string_view name) {
  Shape shape;
  std::uint64_t bytes = width;
  for (std::size_t at = 0; at < axes.size(); at += 4) {
    const auto length = big_endian<std::uint32_t>(&axes[at]);
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

Tensor<float> parse_raw(std::string_view bytes, std::string_view name) {
  if (const std::string other = foreign_format(bytes); !other.empty())
    throw DataError(fmt::format("{}: not an IDX file: {}", name, other));
  if (bytes.size() < 4) fail(name, fmt::format("{} bytes, too few for a header", bytes.size()));
  if (bytes[0] != 0 || bytes[1] != 0)
    fail(name,
         fmt::format("wrong magic {:#010x}, wanted 0x0000 and type and rank", big_endian<std::uint32_t>(&bytes[0])));
  const NumberType& type = type_of(std::uint8_t(bytes[2]), name);
  const int rank = std::uint8_t(bytes[3]);
  if (rank < 1 || rank > Shape::max_rank) fail(name, fmt::format("rank {}, wanted 1 to {}", rank, Shape::max_rank));
  const std::size_t header = 4 + 4 * std::size_t(rank);
  if (bytes.size() < header) fail(name, fmt::format("{} bytes, too few for {} axes", bytes.size(), rank));

  Tensor<float> out(checked_axes(bytes.substr(4, header - 4), type.width, bytes.size() - header, name));
  const char* at = bytes.data() + header;
  for (float& number : out.data) number = type.read(std::exchange(at, at + type.width));
  return out;
}

std::filesystem::path raw_or_gz(const std::filesystem::path& path) {
  if (std::filesystem::exists(path)) return path;
  const std::filesystem::path gz = path.string() + ".gz";
  if (std::filesystem::exists(gz)) return gz;
  throw DataError(fmt::format("{}: no such file, nor {}; help: name the folder with --data-dir", path.string(),
                              gz.filename().string()));
}

Tensor<float> read_images(const std::filesystem::path& path) {
  Tensor<float> images = read_idx(path);
  if (images.shape.rank() != 3)
    fail(path.string(), fmt::format("images of shape {}, wanted [n,height,width]", images.shape.str()));
  for (std::int64_t i = 0; i < images.size(); ++i) {
    if (!(images[i] >= 0 && images[i] <= 255))
      fail(path.string(), fmt::format("number {} is {}, wanted a pixel in [0,255]", i, images[i]));
    images[i] /= 255;
  }
  images.shape = {images.shape[0], images.shape[1] * images.shape[2]};
  return images;
}

Dataset read_part(const std::filesystem::path& dir, const std::string& prefix, const std::string& name) {
  const auto images = raw_or_gz(dir / (prefix + "-images-idx3-ubyte"));
  const auto labels = raw_or_gz(dir / (prefix + "-labels-idx1-ubyte"));
  Dataset data{name, read_images(images), read_idx(labels), 10, images.string()};
  data.validate();
  return data;
}

}  // namespace

Tensor<float> parse_idx(std::string_view bytes, std::string_view name) {
  return bytes.starts_with("\x1f\x8b") ? parse_raw(gunzip(bytes, most_bytes, name), name) : parse_raw(bytes, name);
}

Tensor<float> read_idx(const std::filesystem::path& path) { return parse_idx(read_file(path.string()), path.string()); }

Split load_mnist_like(const std::filesystem::path& dir, const std::string& name) {
  Split split{read_part(dir, "train", name), read_part(dir, "t10k", name)};
  if (split.train.inputs() != split.test.inputs())
    throw DataError(fmt::format("{}: {} has {} pixels per training image and {} per test image", dir.string(), name,
                                split.train.inputs(), split.test.inputs()));
  return split;
}

}  // namespace basin::nn
