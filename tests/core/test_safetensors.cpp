#include "core/safetensors.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

#include "core/file.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using doctest::Contains;

namespace {

const std::string golden = std::string(BASIN_SOURCE_DIR) + "/tests/golden/files/all_types.safetensors";

std::string file_of(std::string_view header, std::size_t data_bytes) {
  std::string bytes;
  store<std::uint64_t>(bytes, header.size());
  return bytes.append(header).append(data_bytes, '\0');
}

void refuses(std::string_view header, std::size_t data_bytes, const char* why) {
  INFO("header: ", std::string(header));
  CHECK_THROWS_WITH_AS(parse_safetensors(file_of(header, data_bytes), "x.st"), Contains(why), DataError);
}

std::string entry(const std::string& name, const std::string& shape, const std::string& offsets,
                  const std::string& dtype = "F32") {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":[)" + shape + R"(],"data_offsets":[)" + offsets + "]}";
}

}  // namespace

TEST_CASE("a file of every type reads as the numbers that were written") {
  const SafeTensors file = read_safetensors(golden);
  CHECK(file.tensors.size() == 9);
  CHECK(file.metadata == std::map<std::string, std::string>{{"made_by", "numpy"}});
  for (const char* name : {"f64", "f32", "bf16", "i64", "i32"}) {
    CAPTURE(name);
    REQUIRE(file.tensors.at(name).shape == Shape{2, 3, 4});
    for (int i = 0; i < 24; ++i) CHECK(file.tensors.at(name)[i] == (i - 4) / (name[0] == 'i' ? 1.0 : 8.0));
  }
  for (int i = 0; i < 24; ++i) CHECK(file.tensors.at("u8")[i] == i * 11);
  CHECK(file.tensors.at("scalar").shape == Shape{});
  CHECK(file.tensors.at("scalar")[0] == 2.5);
  CHECK(file.tensors.at("empty").shape == Shape{0, 3});
  CHECK(file.dtypes.at("bf16") == "BF16");
}

TEST_CASE("truth values read as 0 and 1") {
  std::string bytes = file_of("{" + entry("mask", "3", "0,3", "BOOL") + "}", 3);
  bytes.back() = 1;
  CHECK(parse_safetensors(bytes, "x.st").tensors.at("mask").data == std::vector<double>{0, 0, 1});
  bytes.back() = 2;
  CHECK_THROWS_AS(parse_safetensors(bytes, "x.st"), DataError);
}

TEST_CASE("the order of the tensors in the file is kept, whatever the header's or the names'") {
  const std::string header =
      "{" + entry("a", "1", "8,12") + "," + entry("z", "1", "0,4") + "," + entry("m", "1", "4,8");
  CHECK(parse_safetensors(file_of(header + "}", 12), "x.st").order == std::vector<std::string>{"z", "m", "a"});
}

namespace {

// The tensor named t<i> lies at place i * 7919 mod n: neither order helps the reader.
std::string many_tensors(std::size_t n) {
  std::string header = "{";
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t at = i * 7919 % n;
    header +=
        (i ? "," : "") + entry("t" + std::to_string(i), "1", std::to_string(at) + "," + std::to_string(at + 1), "U8");
  }
  return file_of(header + "}", n);
}

double processor_seconds(const std::string& bytes) {
  double least = 1e9;
  for (int repeat = 0; repeat < 3; ++repeat) {
    const std::clock_t start = std::clock();
    CHECK(parse_safetensors(bytes, "x.st").order.size() > 0);
    least = std::min(least, double(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return least;
}

}  // namespace

TEST_CASE("the time for a header grows as the number of tensors, not as its square") {
  const double few = processor_seconds(many_tensors(1500)), many = processor_seconds(many_tensors(48000));
  CHECK(many / few < 200);  // 32 times as many: the square would be 1024
}

TEST_CASE("half-precision numbers are exact: smallest, subnormal, largest, infinite, NaN") {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> expected = {0, 1, -2, 0.5, 65504, std::ldexp(1, -24), std::ldexp(1, -14), inf};
  CHECK(read_safetensors(golden).tensors.at("f16").data == expected);
  std::string bytes = file_of("{" + entry("h", "3", "0,6", "F16") + "}", 0);
  for (std::uint16_t bits : {0x7e01, 0xfc00, 0x83ff}) store(bytes, bits);
  const auto h = parse_safetensors(bytes, "x.st").tensors.at("h");
  CHECK(std::isnan(h[0]));
  CHECK(h[1] == -inf);
  CHECK(h[2] == -1023 * std::ldexp(1, -24));
}

TEST_CASE("a written file keeps types, shapes, numbers and metadata") {
  const TempFolder folder;
  const Tensor<double> w({2, 2}, {0.1, -0.0, 5e-324, 1e300});
  SafeTensorsWriter()
      .add("layers.0.weight", w)
      .add("b", Tensor<float>({1}, {0.1f}))
      .add("step", Tensor<std::int64_t>(Shape{}, {-7}))
      .metadata("widths", "64,32")
      .metadata("é \"quoted\"", "line\nbreak")
      .save(folder / "x.safetensors");
  const SafeTensors file = read_safetensors(folder / "x.safetensors");
  CHECK(file.tensors.at("layers.0.weight").data == w.data);
  CHECK(std::signbit(file.tensors.at("layers.0.weight")[1]));
  CHECK(file.tensors.at("b")[0] == double(0.1f));
  CHECK(file.tensors.at("step")[0] == -7);
  CHECK(file.tensors.at("step").shape == Shape{});
  CHECK(file.dtypes == std::map<std::string, std::string>{{"b", "F32"}, {"layers.0.weight", "F64"}, {"step", "I64"}});
  CHECK(file.metadata.at("é \"quoted\"") == "line\nbreak");
  CHECK(folder.n_files() == 1);
}

TEST_CASE("the bytes depend on the contents only, and the header is padded to 8") {
  const Tensor<float> a({1}, {1}), b({2}, {2, 3});
  const std::string bytes = SafeTensorsWriter().add("a", a).add("b", b).bytes();
  CHECK(SafeTensorsWriter().add("b", b).add("a", a).bytes() == bytes);
  CHECK(load<std::uint64_t>(bytes.data()) % 8 == 0);
  CHECK(bytes.substr(8).starts_with(R"({"a":{"data_offsets":[0,4],"dtype":"F32","shape":[1]},"b":)"));
  CHECK(SafeTensorsWriter().bytes() == std::string("\x08\0\0\0\0\0\0\0{}      ", 16));
  CHECK(parse_safetensors(SafeTensorsWriter().bytes(), "x.st").tensors.empty());
}

TEST_CASE("the writer refuses names that are taken, reserved or not text") {
  SafeTensorsWriter out;
  const Tensor<float> a({1}, {1});
  out.add("a", a).metadata("k", "v");
  CHECK_THROWS_WITH_AS(out.add("a", a), Contains("'a' was already added"), NameError);
  CHECK_THROWS_WITH_AS(out.add("__metadata__", a), Contains("reserved"), NameError);
  CHECK_THROWS_WITH_AS(out.metadata("k", "w"), Contains("'k' was already given"), NameError);
  CHECK_THROWS_WITH_AS(out.add("\xff", a).bytes(), Contains("UTF-8"), DataError);
}

TEST_CASE("every truncation and any addition is refused") {
  const std::string bytes = read_file(golden);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_THROWS_WITH_AS(parse_safetensors(bytes.substr(0, n), "x.st"), Contains("x.st: "), DataError);
  CHECK_THROWS_WITH_AS(parse_safetensors(bytes + '\0', "x.st"), Contains("something follows"), DataError);
}

TEST_CASE("a header length beyond the file is refused") {
  std::string bytes = file_of("{}", 0);
  CHECK(parse_safetensors(bytes, "x.st").tensors.empty());
  for (char& c : bytes.replace(0, 8, 8, '\xff')) (void)c;
  CHECK_THROWS_WITH_AS(parse_safetensors(bytes, "x.st"), Contains("18446744073709551615 bytes is announced"),
                       DataError);
}

TEST_CASE("a header that is not the format's JSON is refused") {
  refuses("", 0, "does not begin with {");
  refuses(" {}", 0, "does not begin with {");
  refuses("{", 0, "not JSON");
  refuses("{} x", 0, "not JSON");
  refuses("{\"\xff\":1}", 0, "not JSON");
  refuses(R"({"a":1})", 0, "tensor 'a': not a valid safetensors file: its entry is not exactly dtype");
  refuses(R"({"a":{"dtype":"F32","shape":[]}})", 4, "not exactly");
  refuses(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"more":1}})", 4, "not exactly");
  refuses(R"({"a":{"dtype":3,"shape":[],"data_offsets":[0,4]}})", 4, "dtype is not a string");
  refuses(R"({"__metadata__":{"a":1}})", 0, "metadata 'a' is not a string");
  refuses(R"({"__metadata__":[]})", 0, "not an object");
  refuses("{\"a\":" + std::string(100000, '['), 0, "nested too deeply");
  refuses(R"({"a":{"dtype":"F32","shape":[[]],"data_offsets":[0,4]}})", 4, "nested too deeply");
}

TEST_CASE("a name that appears twice is refused, at any depth") {
  refuses("{" + entry("a", "1", "0,4") + "," + entry("a", "1", "0,4") + "}", 4, "'a' appears twice");
  refuses(R"({"a":{"dtype":"F32","shape":[],"shape":[],"data_offsets":[0,4]}})", 4, "'shape' appears twice");
  refuses(R"({"__metadata__":{"k":"1","k":"2"}})", 0, "'k' appears twice");
}

TEST_CASE("wrong shapes, offsets and types are refused with the tensor's name") {
  refuses("{" + entry("a", "2", "0,4") + "}", 4, "tensor 'a': shape [2] of 4-byte numbers needs 8 bytes, 4 are there");
  refuses("{" + entry("a", "-1", "0,4") + "}", 4, "shape holds something else than a whole number");
  refuses("{" + entry("a", "1.0", "0,4") + "}", 4, "whole number");
  refuses("{" + entry("a", "1", "0") + "}", 4, "not a begin and an end");
  refuses("{" + entry("a", "1", "4,0") + "}", 4, "not a begin and an end");
  refuses("{" + entry("a", "4294967296,4294967296", "0,0") + "}", 0, "absurd");
  refuses("{" + entry("a", "0,4611686018427387904,4", "0,0") + "}", 0, "absurd");
  refuses("{" + entry("a", "1,1,1,1,1,1,1,1,1", "0,4") + "}", 4, "9 axes");
  refuses("{" + entry("a", "1", "0,1", "F8_E4M3") + "}", 1, "type 'F8_E4M3' are not supported");
}

TEST_CASE("holes, overlaps and missing data are refused") {
  refuses("{" + entry("a", "1", "0,4") + "," + entry("b", "1", "8,12") + "}", 12, "begins at byte 8");
  refuses("{" + entry("a", "2", "0,8") + "," + entry("b", "1", "4,8") + "}", 8, "begins at byte 4");
  refuses("{" + entry("a", "1", "4,8") + "}", 8, "begins at byte 4");
  refuses("{" + entry("a", "2", "0,8") + "}", 4, "truncated");
}

TEST_CASE("whole numbers of every size are read") {
  const auto one = [](const char* type, std::string bytes) {
    const std::string header = std::string(R"({"a":{"dtype":")") + type + R"(","shape":[1],"data_offsets":[0,)" +
                               std::to_string(bytes.size()) + "]}}";
    std::string file;
    store<std::uint64_t>(file, header.size());
    return parse_safetensors(file + header + bytes, "x").tensors.at("a")[0];
  };
  CHECK(one("I8", "\xfe") == -2);
  CHECK(one("I16", "\xfe\xff") == -2);
  CHECK(one("U16", "\xfe\xff") == 65534);
  CHECK(one("U32", "\xfe\xff\xff\xff") == 4294967294);
  CHECK(one("U64", std::string("\2\1\0\0\0\0\0\0", 8)) == 258);
}

TEST_CASE("files of other formats are called by their name") {
  CHECK_THROWS_WITH_AS(parse_safetensors("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "w"),
                       doctest::Contains("w: not a valid safetensors file: it is a Git LFS pointer"), DataError);
  CHECK_THROWS_WITH_AS(parse_safetensors(std::string("PK\x03\x04\0\0\0\0\0\0archive/data.pkl", 26), "w"),
                       doctest::Contains("it is a PyTorch file (torch.save); help: python3 -c"), DataError);
}
