// NumPy's .npy format, versions 1 to 3. Read: f2 f4 f8, i1 i2 i4 i8, u1 u2 u4 u8, b1, little-endian or big-endian, C or
// Fortran order (transposed to row-major on reading). Written: version 1, C order, the caller's type. Values are not
// judged: NaN and Inf pass.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/tensor.h"

namespace basin {

// DataError when the file is missing, truncated, longer than its shape, of another type, or an integer does not fit a
// double exactly (core/bytes.h). Nothing is allocated before the shape is known to match the bytes.
Tensor<double> read_npy(const std::string& path);
Tensor<double> parse_npy(std::string_view bytes, std::string_view name);
// Where its numbers are; none if they are in Fortran order.
std::optional<NumbersIn> npy_numbers(std::string_view bytes, std::string_view name);
std::string npy_type(std::string_view bytes, std::string_view name);  // of the numbers, as files spell it: "<f4"
// Not text (<U, |S), Python objects (|O), dates (<M8, <m8) or records, which no tensor can hold.
bool npy_holds_numbers(std::string_view bytes);

// T is float, double or std::int64_t. Equal tensors give equal bytes.
template <class T>
std::string npy_bytes(const Tensor<T>& tensor);
template <class T>
std::string npy_header(const Shape& shape);  // the same bytes up to the numbers
template <class T>
void write_npy(const std::string& path, const Tensor<T>& tensor);

}  // namespace basin
