#include "core/npy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/bytes.h"
#include "core/file.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using doctest::Contains;

namespace {

const std::string golden = std::string(BASIN_SOURCE_DIR) + "/tests/golden/files/";

// A .npy file made by hand: any header text, any data.
std::string npy(std::string_view header, std::string_view data, char major = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += major;
  bytes += '\0';
  major == 1 ? store(bytes, std::uint16_t(header.size())) : store(bytes, std::uint32_t(header.size()));
  return bytes.append(header).append(data);
}

const std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n";
const std::string two(16, '\0');

void refuses(std::string_view text, const char* why) {
  INFO("header: ", std::string(text));
  CHECK_THROWS_WITH_AS(parse_npy(npy(text, two), "x.npy"), Contains(why), DataError);
}

}  // namespace

TEST_CASE("numpy's files of every supported type read as the numbers numpy wrote") {
  for (const char* name : {"c_f4", "c_f8", "c_i4", "c_i8", "fortran_f8", "version_2", "version_3"}) {
    CAPTURE(name);
    const Tensor<double> x = read_npy(golden + name + ".npy");
    REQUIRE(x.shape == Shape{2, 3, 4});
    const double unit = std::strstr(name, "_i") ? 1 : 8;
    for (int i = 0; i < 24; ++i) CHECK(x[i] == (i - 4) / unit);
  }
  const Tensor<double> bytes = read_npy(golden + "c_u1.npy"), truths = read_npy(golden + "c_b1.npy");
  for (int i = 0; i < 24; ++i) CHECK(bytes[i] == i * 11);
  for (int i = 0; i < 24; ++i) CHECK(truths[i] == (i % 3 == 0));
}

TEST_CASE("numbers of every size and order of bytes read exactly") {
  const auto one = [](const char* type, std::string_view bytes) {
    return parse_npy(npy(std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (1,), }", bytes), "x")
        .data[0];
  };
  CHECK(one("<f2", {"\x00\xc1", 2}) == -2.5);
  CHECK(one(">f2", {"\xc1\x00", 2}) == -2.5);
  CHECK(one(">f4", {"\xc0\x20\x00\x00", 4}) == -2.5);
  CHECK(one("|i1", "\xfe") == -2);
  CHECK(one("<i2", "\xfe\xff") == -2);
  CHECK(one(">i2", "\xff\xfe") == -2);
  CHECK(one("<u2", "\xfe\xff") == 65534);
  CHECK(one(">i4", "\xff\xff\xff\xfe") == -2);
  CHECK(one("<u4", "\xfe\xff\xff\xff") == 4294967294);
  CHECK(one(">u8", {"\0\0\0\0\0\0\1\2", 8}) == 258);
  CHECK(one(">i8", "\xff\xff\xff\xff\xff\xff\xff\xfe") == -2);
  CHECK_THROWS_WITH_AS(one("<u8", "\xff\xff\xff\xff\xff\xff\xff\xff"), Contains("outside"), DataError);
  const Tensor<double> big = read_npy(golden + "big_endian.npy");
  for (int i = 0; i < 24; ++i) CHECK(big[i] == (i - 4) / 8.0);
  CHECK(npy_type(read_file(golden + "big_endian.npy"), "x") == ">f8");
}

TEST_CASE("numbers that no double holds are refused with what to save instead") {
  for (const char* type : {"<c16", "<f16", "|O", "<U3", "|f8", "<M8[s]", "f8", ""}) {
    const std::string text = std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (2,), }";
    refuses(text, "are not supported");
    refuses(text, "help: save array.astype('<f8')");
  }
}

TEST_CASE("arrays without numbers are known by their type") {
  const auto holds = [](const std::string& type) { return npy_holds_numbers(npy("{'descr': " + type + ", ", two)); };
  for (const char* type : {"'<f8'", "'>f4'", "'|b1'", "'<c16'", "'|u1'"}) CHECK_MESSAGE(holds(type), type);
  for (const char* type : {"'<U3'", "'|S5'", "'|O'", "'<M8[s]'", "'<m8[s]'", "'|V4'", "[('a', '<f8')]"})
    CHECK_MESSAGE(!holds(type), type);
}

TEST_CASE("numpy's scalars, vectors and empty arrays keep their shapes") {
  CHECK(read_npy(golden + "scalar.npy").shape == Shape{});
  CHECK(read_npy(golden + "scalar.npy").data == std::vector<double>{2.5});
  CHECK(read_npy(golden + "vector.npy").shape == Shape{3});
  CHECK(read_npy(golden + "vector.npy").data == std::vector<double>{1, -2, 3.5});
  CHECK(read_npy(golden + "empty.npy").shape == Shape{0, 3});
}

TEST_CASE("what we write is byte for byte what numpy writes") {
  Tensor<double> x({2, 3, 4});
  for (int i = 0; i < 24; ++i) x[i] = (i - 4) / 8.0;
  Tensor<double> whole = x;
  for (double& v : whole.data) v *= 8;
  CHECK(npy_bytes(x) == read_file(golden + "c_f8.npy"));
  CHECK(npy_bytes(cast<float>(x)) == read_file(golden + "c_f4.npy"));
  CHECK(npy_bytes(cast<std::int64_t>(whole)) == read_file(golden + "c_i8.npy"));
  CHECK(npy_bytes(Tensor<double>({3}, {1, -2, 3.5})) == read_file(golden + "vector.npy"));
  CHECK(npy_bytes(Tensor<double>(Shape{}, {2.5})) == read_file(golden + "scalar.npy"));
}

TEST_CASE("doubles survive the round trip with every bit, NaN and Inf included") {
  const TempFolder folder;
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor<double> x({2, 3}, {0.1, -0.0, 5e-324, inf, -inf, std::nan("")});
  write_npy(folder / "x.npy", x);
  const Tensor<double> y = read_npy(folder / "x.npy");
  CHECK(y.shape == x.shape);
  CHECK(std::memcmp(x.data.data(), y.data.data(), 48) == 0);
}

TEST_CASE("a Fortran-order table is transposed") {
  std::string data;
  for (double v : {1, 4, 2, 5, 3, 6}) store(data, v);
  const auto x = parse_npy(npy("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n", data), "x.npy");
  CHECK(x.data == std::vector<double>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("the header may be spelled in any order and spacing") {
  const auto text = R"({"shape":(2 , 1),"fortran_order":False,"descr":"<f8"})";
  CHECK(parse_npy(npy(text, two), "x.npy").shape == Shape{2, 1});
  CHECK(parse_npy(npy(header, two, 3), "x.npy").shape == Shape{2});
}

TEST_CASE("every truncation and any addition is refused") {
  const std::string bytes = npy(header, two);
  CHECK(parse_npy(bytes, "x.npy").size() == 2);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_THROWS_WITH_AS(parse_npy(bytes.substr(0, n), "x.npy"), Contains("x.npy: "), DataError);
  CHECK_THROWS_WITH_AS(parse_npy(bytes.substr(0, 20), "x.npy"), Contains("is announced, 10 bytes follow"), DataError);
  CHECK_THROWS_WITH_AS(parse_npy(bytes + "x", "x.npy"), Contains("needs 16 bytes, 17 are there"), DataError);
  CHECK_THROWS_WITH_AS(parse_npy(bytes.substr(0, bytes.size() - 1), "x.npy"), Contains("truncated"), DataError);
}

TEST_CASE("other files and versions are refused by name") {
  CHECK_THROWS_WITH_AS(parse_npy("PK\x03\x04 a zip file", "x.npy"), Contains("x.npy: not a .npy file"), DataError);
  CHECK_THROWS_WITH_AS(parse_npy(npy(header, two, 4), "x.npy"), Contains("version 4.0 is unknown"), DataError);
  CHECK_THROWS_WITH_AS(parse_npy("<!DOCTYPE html>", "x.npy"), Contains("it is an HTML page"), DataError);
}

TEST_CASE("a malformed header is refused with what is wrong in it") {
  refuses("", "expected {");
  refuses("{'descr': '<f8', 'fortran_order': False}", "is missing");
  refuses("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", "appears twice");
  refuses("{'descr': '<f8', 'fortran_order': 0, 'shape': (2,)}", "expected True or False");
  refuses("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,)}", "records are not supported");
  refuses("{'descr': '<f8', 'fortran_order': False, 'shape': (2)}", "comma");
  refuses("{'descr': '<f8', 'fortran_order': False, 'shape': (2 1)}", "expected ,");
  refuses("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,)}", "expected a length");
  refuses("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'more': 1}", "unknown key 'more'");
  refuses("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)} x", "text after");
}

TEST_CASE("absurd shapes are refused before anything is allocated") {
  const auto with_shape = [](const std::string& shape) {
    return "{'descr': '<f8', 'fortran_order': False, 'shape': (" + shape + "), }";
  };
  refuses(with_shape("1000000000000,"), "needs 8000000000000 bytes, 16 are there");
  refuses(with_shape("4294967296, 4294967296"), "absurd");  // 2^64 wraps to 0
  refuses(with_shape("2305843009213693952, 8, 0"), "absurd");
  refuses(with_shape("99999999999999999999999,"), "fits 64 bits");
  refuses(with_shape("1, 1, 1, 1, 1, 1, 1, 1, 2"), "9 axes, at most 8");
}

TEST_CASE("a whole number that a double would round is refused") {
  const auto one = [](std::int64_t v) {
    std::string data;
    store(data, v);
    return npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", data);
  };
  CHECK(parse_npy(one(-9007199254740992), "x.npy")[0] == -9007199254740992.0);
  CHECK_THROWS_WITH_AS(parse_npy(one(9007199254740993), "x.npy"), Contains("9007199254740993 is outside"), DataError);
}

TEST_CASE("a boolean other than 0 and 1 is refused") {
  const std::string text = "{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }";
  CHECK(parse_npy(npy(text, std::string("\1\0", 2)), "x.npy").data == std::vector<double>{1, 0});
  CHECK_THROWS_WITH_AS(parse_npy(npy(text, "\1\2"), "x.npy"), Contains("not 0 or 1"), DataError);
}
