// Values as bytes and back, for processes of one kind of machine: numbers, strings, shapes, tensors, vectors and arrays
// of these, and structs that name their fields:
//   struct Sums { …  template <class Each> void fields(Each& each) { each(total, squares); } };
#pragma once
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/bytes.h"
#include "core/tensor.h"

namespace basin {

template <class T>
concept PlainNumber = std::is_arithmetic_v<T>;

class FieldWriter {
 public:
  template <class... T>
  void operator()(T&... values) {
    (put(values), ...);
  }
  std::string bytes{};

 private:
  template <class T>
  void put(T& value) {
    if constexpr (PlainNumber<T>)
      store(bytes, value);
    else
      value.fields(*this);
  }
  void put(std::string& text) { put(text.size()), bytes += text; }
  void put(std::size_t size) { store(bytes, size); }
  void put(Shape& shape) {
    put(std::size_t(shape.rank()));
    for (const std::int64_t d : shape) store(bytes, d);
  }
  template <class T>
  void put(Tensor<T>& tensor) {
    put(tensor.shape), put(tensor.data);
  }
  void put(std::vector<bool>& bits) {
    put(bits.size());
    for (const bool bit : bits) bytes.push_back(char(bit));
  }
  template <class T>
  void put(std::vector<T>& values) {
    put(values.size());
    if constexpr (PlainNumber<T>)
      bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    else
      for (T& value : values) put(value);
  }
};

// Reads what a FieldWriter wrote. Vectors of structs are resized, so their elements must be default-constructible, or
// be there already.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}
  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }

 private:
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) throw DataError("fields: the bytes end inside a value");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::size_t size() { return load<std::size_t>(take(sizeof(std::size_t)).data()); }

  template <class T>
  void get(T& value) {
    if constexpr (PlainNumber<T>)
      value = load<T>(take(sizeof(T)).data());
    else
      value.fields(*this);
  }
  void get(std::string& text) { text = take(size()); }
  void get(Shape& shape) {
    shape = {};
    for (std::size_t rank = size(); rank > 0; --rank)
      shape.push_back(load<std::int64_t>(take(sizeof(std::int64_t)).data()));
  }
  template <class T>
  void get(Tensor<T>& tensor) {
    get(tensor.shape), get(tensor.data);
  }
  void get(std::vector<bool>& bits) {
    const std::string_view from = take(size());
    bits.assign(from.begin(), from.end());
  }
  template <class T>
  void get(std::vector<T>& values) {
    const std::size_t count = size();
    if constexpr (PlainNumber<T>) {
      const std::string_view from = take(count * sizeof(T));
      values.resize(count);
      std::memcpy(values.data(), from.data(), from.size());
    } else {
      if constexpr (std::is_default_constructible_v<T>) values.resize(count);
      if (values.size() != count) throw DataError("fields: vectors of different lengths");
      for (T& value : values) get(value);
    }
  }

  std::string_view rest_;
};

template <class T>
std::string bytes_of(T& value) {
  FieldWriter writer;
  writer(value);
  return std::move(writer.bytes);
}
template <class T>
void from_bytes(std::string_view bytes, T& value) {
  FieldReader reader(bytes);
  reader(value);
}

}  // namespace basin
