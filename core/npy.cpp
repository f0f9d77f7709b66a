#include "core/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "core/bytes.h"
#include "core/file.h"
#include "core/file_format.h"

namespace basin {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
const std::map<std::string, Dtype, std::less<>> dtypes = {
    {"f8", Dtype::f64}, {"f4", Dtype::f32}, {"f2", Dtype::f16}, {"i8", Dtype::i64},
    {"i4", Dtype::i32}, {"i2", Dtype::i16}, {"i1", Dtype::i8},  {"u8", Dtype::u64},
    {"u4", Dtype::u32}, {"u2", Dtype::u16}, {"u1", Dtype::u8},  {"b1", Dtype::boolean}};

// As files spell it: an order of bytes, a kind and a size.
struct NumberType {
  std::string descr;
  Dtype dtype;

  bool big_endian() const { return descr[0] == '>'; }
};

struct NpyHeader {
  NumberType type;
  bool fortran_order;
  std::vector<std::uint64_t> dims;
};

// Reads the one Python expression a header is: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  NpyHeader parse() {
    expect('{');
    while (!accept('}')) {
      field();
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (!rest_.empty()) fail("text after the closing brace");
    if (!type_ || !fortran_order_ || !dims_) fail("descr, fortran_order or shape is missing");
    return {*type_, *fortran_order_, *dims_};
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw DataError(fmt::format("{}: not a valid .npy header: {} at {}", name_, what, excerpt(rest_)));
  }
  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size())); }
  bool accept(char c) {
    skip_spaces();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(fmt::format("expected {}", c));
  }
  bool accept_word(std::string_view word) {
    skip_spaces();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::string_view string() {
    skip_spaces();
    const std::size_t end = rest_.starts_with('\'') || rest_.starts_with('"') ? rest_.find(rest_[0], 1) : rest_.npos;
    if (end == rest_.npos) fail("expected a string (arrays of records are not supported)");
    const std::string_view inside = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return inside;
  }
  template <class T, class Value>
  void set_once(std::optional<T>& slot, Value value) {
    if (slot) fail("a key appears twice");
    slot = std::move(value);
  }
  void field() {
    const std::string_view key = string();
    expect(':');
    if (key == "descr")
      set_once(type_, type());
    else if (key == "fortran_order")
      set_once(fortran_order_, truth());
    else if (key == "shape")
      set_once(dims_, tuple());
    else
      fail("unknown key " + excerpt(key));
  }
  NumberType type() {
    const std::string_view descr = string();
    const bool ordered = !descr.empty() && std::string_view("<>=|").find(descr[0]) != descr.npos;
    const auto found = ordered ? dtypes.find(descr.substr(1)) : dtypes.end();
    if (found == dtypes.end() || (descr[0] == '|' && item_size(found->second) > 1))
      throw DataError(
          fmt::format("{}: numbers of type {} are not supported, only f8 f4 f2, i8 i4 i2 i1, u8 u4 u2 u1 and b1"
                      "; help: save array.astype('<f8') instead",
                      name_, excerpt(descr)));
    return {std::string(descr), found->second};
  }
  bool truth() {
    if (accept_word("True")) return true;
    if (accept_word("False")) return false;
    fail("expected True or False");
  }
  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> dims;
    bool comma = true;
    for (expect('('); !accept(')'); comma = accept(',')) {
      if (!comma) fail("expected ,");
      dims.push_back(integer());
    }
    if (dims.size() == 1 && !comma) fail("a tuple of one needs a comma");
    return dims;
  }
  std::uint64_t integer() {
    skip_spaces();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) fail("expected a length that fits 64 bits");
    rest_.remove_prefix(std::size_t(end - rest_.data()));
    return value;
  }

  std::string_view rest_, name_;
  std::optional<NumberType> type_;
  std::optional<bool> fortran_order_;
  std::optional<std::vector<std::uint64_t>> dims_;
};

[[noreturn]] void refuse_magic(std::string_view bytes, std::string_view name) {
  const std::string other = foreign_format(bytes);
  throw DataError(
      fmt::format("{}: not a .npy file{}", name,
                  other.empty() ? fmt::format(" (it begins with {})", excerpt(bytes.substr(0, 6))) : ": " + other));
}

// Splits off the header's text; `bytes` becomes the data behind it.
std::string_view take_header(std::string_view& bytes, std::string_view name) {
  if (!bytes.starts_with(magic)) refuse_magic(bytes, name);
  const int major = bytes.size() < 8 ? 0 : static_cast<unsigned char>(bytes[6]);
  const std::size_t start = major == 1 ? 10 : 12;
  if (bytes.size() < start) throw DataError(fmt::format("{}: truncated inside its header", name));
  if (major < 1 || major > 3 || bytes[7] != 0)
    throw DataError(fmt::format("{}: .npy version {}.{} is unknown, only 1.0 to 3.0 are", name, major, int(bytes[7])));
  const std::size_t length = major == 1 ? load<std::uint16_t>(&bytes[8]) : load<std::uint32_t>(&bytes[8]);
  if (length > bytes.size() - start)
    throw DataError(fmt::format("{}: truncated: a header of {} bytes is announced, {} bytes follow", name, length,
                                bytes.size() - start));
  const std::string_view text = bytes.substr(start, length);
  bytes.remove_prefix(start + length);
  return text;
}

// `numbers` has the first axis fastest; the result has the last axis fastest.
std::vector<double> row_major(const std::vector<double>& numbers, const Shape& shape) {
  std::vector<double> out(numbers.size());
  Shape index = shape;
  for (int axis = 0; axis < shape.rank(); ++axis) index[axis] = 0;
  for (double number : numbers) {
    std::int64_t at = 0;
    for (int axis = 0; axis < shape.rank(); ++axis) at = at * shape[axis] + index[axis];
    out[at] = number;
    for (int axis = 0; axis < shape.rank() && ++index[axis] == shape[axis]; ++axis) index[axis] = 0;
  }
  return out;
}

template <class T>
constexpr std::string_view descr = "<f8";
template <>
constexpr std::string_view descr<float> = "<f4";
template <>
constexpr std::string_view descr<std::int64_t> = "<i8";

}  // namespace

Tensor<double> read_npy(const std::string& path) { return parse_npy(read_file(path), path); }

Tensor<double> parse_npy(std::string_view bytes, std::string_view name) {
  const NpyHeader header = HeaderParser(take_header(bytes, name), name).parse();
  const Dtype dtype = header.type.dtype;
  const Shape shape = checked_shape(header.dims, dtype, bytes.size(), name);
  std::vector<double> numbers = header.type.big_endian() ? decode(swapped_bytes(bytes, item_size(dtype)), dtype, name)
                                                         : decode(bytes, dtype, name);
  return {shape, header.fortran_order ? row_major(numbers, shape) : std::move(numbers)};
}

std::optional<NumbersIn> npy_numbers(std::string_view bytes, std::string_view name) {
  const std::size_t size = bytes.size();
  const NpyHeader header = HeaderParser(take_header(bytes, name), name).parse();
  const Shape shape = checked_shape(header.dims, header.type.dtype, bytes.size(), name);
  if (header.fortran_order) return {};
  return NumbersIn{header.type.dtype, header.type.big_endian(), shape, size - bytes.size()};
}

std::string npy_type(std::string_view bytes, std::string_view name) {
  return HeaderParser(take_header(bytes, name), name).parse().type.descr;
}

bool npy_holds_numbers(std::string_view bytes) {
  constexpr std::string_view key = "'descr': ";
  const std::size_t at = bytes.substr(0, 128).find(key);
  if (!bytes.starts_with(magic) || at == bytes.npos) return true;  // parse_npy says what is wrong
  const std::string_view type = bytes.substr(at + key.size(), 3);  // '<U, or [( of a record
  return !type.starts_with('[') && (type.size() < 3 || std::string_view("USOMmV").find(type[2]) == type.npos);
}

template <class T>
std::string npy_header(const Shape& shape) {
  const std::string_view comma = shape.rank() == 1 ? "," : "";
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr<T>,
                                   fmt::join(shape.begin(), shape.end(), ", "), comma);
  constexpr std::size_t start = 10, alignment = 64;  // the format wants the data aligned and a line feed before it
  header.append(alignment - 1 - (start + header.size()) % alignment, ' ');
  header += '\n';
  std::string bytes(magic);
  store<std::uint16_t>(bytes, 1);  // version 1.0: major byte, then minor
  store(bytes, std::uint16_t(header.size()));
  return bytes + header;
}

template <class T>
std::string npy_bytes(const Tensor<T>& tensor) {
  return npy_header<T>(tensor.shape) + packed<T>(tensor.data);
}

template <class T>
void write_npy(const std::string& path, const Tensor<T>& tensor) {
  write_atomically(path, npy_bytes(tensor));
}

template std::string npy_header<double>(const Shape&);
template std::string npy_bytes(const Tensor<float>&);
template std::string npy_bytes(const Tensor<double>&);
template std::string npy_bytes(const Tensor<std::int64_t>&);
template void write_npy(const std::string&, const Tensor<float>&);
template void write_npy(const std::string&, const Tensor<double>&);
template void write_npy(const std::string&, const Tensor<std::int64_t>&);

}  // namespace basin
