// Values as bytes and back, to the bit: numbers, enums, text, containers, optionals, variants, tensors, and structs
// that say their fields,
//   auto fields(Point& p) { return std::tie(p.epoch, p.loss); }
// beside the struct. The bytes begin with how the type is built, so that those of another are refused; they are meant
// for the same program on machines of one byte order, not as a format.
#pragma once
#include <array>
#include <concepts>
#include <cstring>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "core/tensor.h"

namespace basin {

inline auto fields(bool& v) { return std::tie(v); }  // so that the name is found for types of other namespaces

template <class T>
concept HasFields = std::is_class_v<T> && requires(T& t) {
  fields(t);
};

// How T goes into bytes: `layout()` says how it is built, `write` and `read` act on an Archive.
template <class T>
struct Archived;

class Archive {
 public:
  Archive() = default;
  explicit Archive(std::string_view bytes) : rest_(bytes) {}

  void put(const void* from, std::size_t size) { bytes_.append(static_cast<const char*>(from), size); }
  void get(void* to, std::size_t size) {
    if (size > rest_.size()) throw DataError("it ends early");
    if (size > 0) std::memcpy(to, rest_.data(), size);
    rest_.remove_prefix(size);
  }
  std::size_t get_size() {
    std::uint64_t size = 0;
    get(&size, sizeof size);
    if (size > rest_.size()) throw DataError("it ends early");  // every item takes a byte or more
    return std::size_t(size);
  }
  void put_size(std::uint64_t size) { put(&size, sizeof size); }

  const std::string& bytes() const { return bytes_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string bytes_;
  std::string_view rest_;
};

template <class T>
requires std::is_arithmetic_v<T> || std::is_enum_v<T>
struct Archived<T> {
  static std::string layout() {
    return (std::is_floating_point_v<T> ? "f" : std::is_signed_v<T> ? "i" : "u") + std::to_string(sizeof(T));
  }
  static void write(Archive& a, const T& v) { a.put(&v, sizeof v); }
  static void read(Archive& a, T& v) { a.get(&v, sizeof v); }
};

template <>
struct Archived<bool> {
  static std::string layout() { return "b"; }
  static void write(Archive& a, bool v) { a.put(&v, 1); }
  static void read(Archive& a, bool& v) {
    unsigned char byte = 0;
    a.get(&byte, 1);
    if (byte > 1) throw DataError("a truth value is damaged");
    v = byte == 1;
  }
};

template <>
struct Archived<std::string> {
  static std::string layout() { return "s"; }
  static void write(Archive& a, const std::string& v) { a.put_size(v.size()), a.put(v.data(), v.size()); }
  static void read(Archive& a, std::string& v) { v.resize(a.get_size()), a.get(v.data(), v.size()); }
};

template <class T>
struct Archived<std::vector<T>> {
  static std::string layout() { return "[" + Archived<T>::layout() + "]"; }
  static void write(Archive& a, const std::vector<T>& v) {
    a.put_size(v.size());
    for (const T& x : v) Archived<T>::write(a, x);
  }
  static void read(Archive& a, std::vector<T>& v) {
    v.clear();
    for (std::size_t n = a.get_size(); n > 0; --n) {
      T x{};
      Archived<T>::read(a, x);
      v.push_back(std::move(x));
    }
  }
};

template <class T, std::size_t N>
struct Archived<std::array<T, N>> {
  static std::string layout() { return Archived<T>::layout() + "*" + std::to_string(N); }
  static void write(Archive& a, const std::array<T, N>& v) {
    for (const T& x : v) Archived<T>::write(a, x);
  }
  static void read(Archive& a, std::array<T, N>& v) {
    for (T& x : v) Archived<T>::read(a, x);
  }
};

template <class K, class V, class... More>
struct Archived<std::map<K, V, More...>> {
  using Pairs = std::vector<std::pair<K, V>>;
  static std::string layout() { return Archived<Pairs>::layout(); }
  static void write(Archive& a, const std::map<K, V, More...>& v) {
    Archived<Pairs>::write(a, Pairs(v.begin(), v.end()));
  }
  static void read(Archive& a, std::map<K, V, More...>& v) {
    Pairs pairs;
    Archived<Pairs>::read(a, pairs);
    v = {pairs.begin(), pairs.end()};
  }
};

template <class A, class B>
struct Archived<std::pair<A, B>> {
  static std::string layout() { return "{" + Archived<A>::layout() + Archived<B>::layout() + "}"; }
  static void write(Archive& a, const std::pair<A, B>& v) {
    Archived<A>::write(a, v.first), Archived<B>::write(a, v.second);
  }
  static void read(Archive& a, std::pair<A, B>& v) { Archived<A>::read(a, v.first), Archived<B>::read(a, v.second); }
};

template <class T>
struct Archived<std::optional<T>> {
  static std::string layout() { return "?" + Archived<T>::layout(); }
  static void write(Archive& a, const std::optional<T>& v) {
    Archived<bool>::write(a, v.has_value());
    if (v) Archived<T>::write(a, *v);
  }
  static void read(Archive& a, std::optional<T>& v) {
    bool there = false;
    Archived<bool>::read(a, there);
    v.reset();
    if (there) Archived<T>::read(a, v.emplace());
  }
};

template <class... T>
struct Archived<std::variant<T...>> {
  static std::string layout() { return "<" + (Archived<T>::layout() + ...) + ">"; }
  static void write(Archive& a, const std::variant<T...>& v) {
    a.put_size(v.index());
    std::visit([&]<class X>(const X& x) { Archived<X>::write(a, x); }, v);
  }
  static void read(Archive& a, std::variant<T...>& v) {
    std::uint64_t which = 0, at = 0;
    a.get(&which, sizeof which);
    if (which >= sizeof...(T)) throw DataError("a choice is damaged");
    ((which == at++ ? Archived<T>::read(a, v.template emplace<T>()) : void()), ...);
  }
};

template <>
struct Archived<Shape> {
  using Axes = std::vector<std::int64_t>;
  static std::string layout() { return "#"; }
  static void write(Archive& a, const Shape& v) { Archived<Axes>::write(a, Axes(v.begin(), v.end())); }
  static void read(Archive& a, Shape& v) {
    Axes axes;
    Archived<Axes>::read(a, axes);
    std::int64_t numbers = 1;
    for (const std::int64_t d : axes)
      if (__builtin_mul_overflow(numbers, d, &numbers)) throw DataError("a shape is damaged");
    v = Shape(axes);
  }
};

template <class T>
struct Archived<Tensor<T>> {
  static std::string layout() { return "t" + Archived<T>::layout(); }
  static void write(Archive& a, const Tensor<T>& v) {
    Archived<Shape>::write(a, v.shape), Archived<std::vector<T>>::write(a, v.data);
  }
  static void read(Archive& a, Tensor<T>& v) {
    Archived<Shape>::read(a, v.shape), Archived<std::vector<T>>::read(a, v.data);
    if (v.shape.numel() != v.size()) throw DataError("a tensor does not have the numbers that its shape says");
  }
};

template <HasFields T>
struct Archived<T> {
  template <class F>
  using Plain = Archived<std::remove_cvref_t<F>>;

  static std::string layout() {
    const auto all = []<class... F>(std::type_identity<std::tuple<F...>>) {
      return "{" + (Plain<F>::layout() + ... + std::string("}"));
    };
    return all(std::type_identity<decltype(fields(std::declval<T&>()))>{});
  }
  static void write(Archive& a, const T& v) {
    std::apply([&](const auto&... f) { (Plain<decltype(f)>::write(a, f), ...); }, fields(const_cast<T&>(v)));
  }
  static void read(Archive& a, T& v) {
    std::apply([&](auto&... f) { (Plain<decltype(f)>::read(a, f), ...); }, fields(v));
  }
};

template <class T>
std::string archived(const T& value) {
  const std::string layout = Archived<T>::layout();
  Archive out;
  Archived<std::string>::write(out, layout);
  Archived<T>::write(out, value);
  return out.bytes();
}

// DataError for bytes of another type, too few or too many; what they are of is for the caller to say.
template <class T>
T unarchived(std::string_view bytes) {
  Archive in(bytes);
  std::string layout;
  Archived<std::string>::read(in, layout);
  if (layout != Archived<T>::layout()) throw DataError("it is of another version");
  T value{};
  Archived<T>::read(in, value);
  if (!in.at_end()) throw DataError("it goes on behind its end");
  return value;
}

}  // namespace basin
