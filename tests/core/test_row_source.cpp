#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "core/file.h"
#include "core/idx.h"
#include "core/npy.h"
#include "core/row_source.h"
#include "core/safetensors.h"
#include "tests/core/temp_folder.h"

using namespace basin;

namespace {

constexpr std::int64_t every_row = 1000;

Tensor<double> quarters(Shape shape) {
  Tensor<double> t(shape);
  for (std::int64_t i = 0; i < t.size(); ++i) t[i] = double(i) / 4;
  return t;
}

std::vector<double> rows_from(const RowSource& source, std::int64_t first, std::int64_t count) {
  std::vector<double> to(std::size_t(count * source.shape().numel() / source.shape()[0]));
  source.read(first, to);
  return to;
}

// .npy of big-endian 16-bit integers, as numpy writes it.
std::string big_endian_npy(const std::string& order) {
  std::string header = "{'descr': '>i2', 'fortran_order': " + order + ", 'shape': (3, 2), }";
  header.resize(117, ' ');
  std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
  bytes += header + "\n";
  for (const int v : {1, 2, 3, 4, 5, 1000}) bytes += {char(v >> 8), char(v & 255)};
  return bytes;
}

}  // namespace

TEST_CASE("rows of a file are those that it holds, wherever one begins") {
  const TempFolder folder;
  const Tensor<double> t = quarters({7, 2, 3});
  const Tensor<float> f = cast<float>(t);
  write_npy(folder / "x.npy", t);
  write_npy(folder / "f.npy", f);
  SafeTensorsWriter().add("a", quarters({5})).add("x", f).save(folder / "x.safetensors");
  SafeTensorsWriter().add("only", t).save(folder / "only.safetensors");
  for (const char* name : {"x.npy", "f.npy", "x.safetensors", "only.safetensors"}) {
    CAPTURE(name);
    const auto source = rows_in_file(folder / name, every_row, false);
    REQUIRE(source);
    CHECK(source->shape() == Shape{7, 2, 3});
    for (const std::int64_t first : {0, 1, 6}) {
      const std::vector<double> got = rows_from(*source, first, 7 - first);
      CHECK(got == std::vector<double>(t.data.begin() + first * 6, t.data.end()));
    }
    CHECK(rows_in_file(folder / name, 4, true)->shape() == Shape{4, 6});
  }
}

TEST_CASE("numbers of another order of bytes, and files that are read whole") {
  const TempFolder folder;
  write_atomically(folder / "big.npy", big_endian_npy("False"));
  CHECK(rows_from(*rows_in_file(folder / "big.npy", every_row, false), 1, 2) == std::vector<double>{3, 4, 5, 1000});
  write_atomically(folder / "fortran.npy", big_endian_npy("True"));
  CHECK(rows_in_file(folder / "fortran.npy", every_row, false) == nullptr);
  CHECK(rows_in_file(folder / "x.csv", every_row, false) == nullptr);
}

TEST_CASE("pixels of an IDX file are shares of 255, in pieces as in one") {
  const TempFolder folder;
  const std::string header{"\0\0\x08\x03\0\0\0\x03\0\0\0\x01\0\0\0\x02", 16};
  const std::string path = folder.with("x-idx3-ubyte", header + std::string("\0\xff\x33\x01\x02\x03", 6));
  const auto source = rows_in_file(path, every_row, true);
  REQUIRE(source);
  CHECK(source->shape() == Shape{3, 2});
  CHECK(rows_from(*source, 0, 3) == std::vector<double>{0, 1, 51 / 255., 1 / 255., 2 / 255., 3 / 255.});
  CHECK(rows_from(*source, 1, 2) == std::vector<double>{51 / 255., 1 / 255., 2 / 255., 3 / 255.});
  CHECK(read_pixels(path).data == rows_from(*source, 0, 3));
  const std::string words{"\0\0\x0b\x02\0\0\0\x01\0\0\0\x02\x01\x02\xff\xff", 16};
  CHECK(rows_from(*rows_in_file(folder.with("words.idx", words), 1, true), 0, 1) == std::vector<double>{258, -1});
  CHECK(rows_in_file(folder.with("packed.idx", "\x1f\x8b and more"), 1, true) == nullptr);
  CHECK_THROWS_WITH_AS(rows_in_file(folder.with("cut.idx", header), 1, true), doctest::Contains("too few"), DataError);
}

TEST_CASE("what is wrong with the file is said") {
  const TempFolder folder;
  CHECK_THROWS_AS(rows_in_file(folder / "none.npy", every_row, false), DataError);
  write_npy(folder / "flat.npy", quarters({5}));
  CHECK_THROWS_AS(rows_in_file(folder / "flat.npy", every_row, false), DataError);
  SafeTensorsWriter().add("a", quarters({5, 2})).add("b", quarters({5, 2})).save(folder / "two.safetensors");
  CHECK_THROWS_AS(rows_in_file(folder / "two.safetensors", every_row, false), DataError);
  write_atomically(folder / "cut.npy", npy_bytes(quarters({5, 2})).substr(0, 150));
  CHECK_THROWS_AS(rows_in_file(folder / "cut.npy", every_row, false), DataError);

  Tensor<double> t = quarters({5, 2});
  t(3, 1) = NAN;
  write_npy(folder / "nan.npy", t);
  const auto source = rows_in_file(folder / "nan.npy", every_row, false);
  CHECK(rows_from(*source, 0, 3).size() == 6);
  CHECK_THROWS_WITH_AS(rows_from(*source, 2, 2), doctest::Contains("the number in sample 3 is nan"), DataError);
  std::filesystem::resize_file(std::string(folder / "nan.npy"), 150);
  CHECK_THROWS_WITH_AS(rows_from(*source, 0, 3), doctest::Contains("shorter"), DataError);
}
