// NumPy's .npz format: a zip archive with one .npy file per named array.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/tensor.h"

namespace basin {

// Every array of numbers by name, stored or deflated; arrays of text, of Python objects, of dates and of records are
// passed over. DataError when the archive is missing, truncated, corrupt (checksums are verified), names an array
// twice, or holds anything core/npy.h refuses. Memory grows with the bytes that are really there, never with a size
// that is only announced.
std::map<std::string, Tensor<double>> read_npz(const std::string& path);
std::map<std::string, Tensor<double>> parse_npz(std::string_view bytes, std::string_view name);

// One array after the other, so that no more than one is unpacked at a time: its name, the bytes of its .npy file (of
// text too), and what messages about it begin with. DataError as above, as far as the archive is concerned.
using UseNpy = std::function<void(const std::string& array, std::string_view npy, const std::string& where)>;
void each_npy(std::string_view bytes, std::string_view name, const UseNpy& use);

// Collects arrays and writes them at once. The same arrays give the same bytes: names sorted, a fixed date, stored.
//   NpzWriter out;  out.add("gram", gram);  out.save("gram.npz");      numpy.load("gram.npz")["gram"]
class NpzWriter {
 public:
  // T is float, double or std::int64_t. NameError when the name is empty or taken.
  template <class T>
  void add(const std::string& name, const Tensor<T>& tensor);
  std::string bytes() const;  // UsageError when no array was added
  void save(const std::string& path) const;

 private:
  std::map<std::string, std::string> files_;  // by array name: the bytes of its .npy
};

}  // namespace basin
