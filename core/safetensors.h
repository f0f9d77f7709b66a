// The safetensors format: an 8-byte length, a JSON header padded to 8 bytes, then the tensors' numbers without gaps.
// Read: F64 F32 F16 BF16 I64 I32 I16 I8 U64 U32 U16 U8 BOOL, exactly, as double. Written: F64 F32 I64, the caller's
// type.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/tensor.h"

namespace basin {

struct SafeTensors {
  std::map<std::string, Tensor<double>> tensors;
  std::map<std::string, std::string> metadata;  // free text, for example the model's widths
  std::map<std::string, std::string> dtypes;    // by tensor name, as the file spells them
  std::vector<std::string> order;               // names as their numbers lie in the file
};

// DataError unless the file is exactly what the format allows: header within the file and valid JSON, no name twice, no
// unknown field, offsets in range without holes or overlaps, sizes equal to shape × type, integers within ±2^53.
// Nothing is allocated from an unchecked header. NaN and Inf pass.
SafeTensors read_safetensors(const std::string& path);
SafeTensors parse_safetensors(std::string_view bytes, std::string_view name);

// Where the numbers of this tensor are, or of the only one. DataError as above, and where there is no such tensor.
std::optional<NumbersIn> safetensors_numbers(std::string_view bytes, std::string_view name, const std::string& tensor);

// Collects tensors and writes them at once; the same contents give the same bytes (names sorted).
//   SafeTensorsWriter().add("layers.0.weight", w).metadata("widths", "64,32,10").save(path);
class SafeTensorsWriter {
 public:
  // T is float, double or std::int64_t. NameError when the name is taken or reserved ("__metadata__").
  template <class T>
  SafeTensorsWriter& add(const std::string& name, const Tensor<T>& tensor);
  SafeTensorsWriter& metadata(const std::string& key, const std::string& value);  // NameError when the key is taken
  std::string bytes() const;  // DataError when a name or metadata is not UTF-8
  void save(const std::string& path) const;

 private:
  struct Entry {
    Dtype dtype;
    Shape shape;
    std::string bytes;
  };
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace basin
