#include "core/npz.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "core/file.h"
#include "core/npy.h"
#include "core/safetensors.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using doctest::Contains;

namespace {

const std::string source = BASIN_SOURCE_DIR;
const std::string npz_folder = source + "/tests/golden/files/";

Tensor<double> counted(double unit) {  // 0..23 minus 4, in units
  Tensor<double> x({2, 3, 4});
  for (int i = 0; i < 24; ++i) x[i] = (i - 4) / unit;
  return x;
}

NpzWriter two_arrays() {
  NpzWriter out;
  out.add("y", Tensor<float>({2}, {1.5f, -2.0f}));
  out.add("layers.0.post", counted(8));
  return out;
}

}  // namespace

TEST_CASE("numpy's archives read back, stored and deflated") {
  for (const char* file : {"stored.npz", "deflated.npz"}) {
    CAPTURE(file);
    const auto arrays = read_npz(npz_folder + file);
    REQUIRE(arrays.size() == 3);
    CHECK(arrays.at("x").data == counted(8).data);
    CHECK(arrays.at("layers.0.weight").data == counted(8).data);
    CHECK(arrays.at("labels").data == std::vector<double>{0, 1, 2, 3, 4});
  }
}

TEST_CASE("an archive round trips with its names and shapes") {
  const TempFolder folder;
  two_arrays().save(folder / "x.npz");
  const auto arrays = read_npz(folder / "x.npz");
  REQUIRE(arrays.size() == 2);
  CHECK(arrays.at("y").data == std::vector<double>{1.5, -2});
  CHECK(arrays.at("layers.0.post").shape == Shape{2, 3, 4});
  CHECK(folder.n_files() == 1);
}

TEST_CASE("equal arrays give equal archives, in any order of adding and any time zone") {
  NpzWriter other;
  other.add("layers.0.post", counted(8));
  other.add("y", Tensor<float>({2}, {1.5f, -2.0f}));
  const std::string bytes = two_arrays().bytes();
  CHECK(other.bytes() == bytes);
  const char* zone = std::getenv("TZ");
  const std::string before = zone ? zone : "";
  for (const char* name : {"Asia/Tokyo", "America/New_York", "UTC"}) {
    setenv("TZ", name, 1);
    tzset();
    CHECK(two_arrays().bytes() == bytes);
  }
  zone ? setenv("TZ", before.c_str(), 1) : unsetenv("TZ");
  tzset();
}

TEST_CASE("a name is used once and is not empty, and an archive is not empty") {
  NpzWriter out;
  CHECK_THROWS_WITH_AS(out.bytes(), Contains("no array was added"), UsageError);
  out.add("x", counted(1));
  CHECK_THROWS_WITH_AS(out.add("x", counted(1)), Contains("'x' was already added"), NameError);
  CHECK_THROWS_AS(out.add("", counted(1)), NameError);
}

TEST_CASE("a damaged archive is refused") {
  const std::string bytes = two_arrays().bytes();
  for (std::size_t n = 0; n < bytes.size(); n += 7)
    CHECK_THROWS_WITH_AS(parse_npz(bytes.substr(0, n), "x.npz"), Contains("x.npz: not a valid .npz file"), DataError);
  std::string flipped = bytes;
  flipped[flipped.find("NUMPY") + 130] ^= 1;  // a number: only the checksum knows
  CHECK_THROWS_WITH_AS(parse_npz(flipped, "x.npz"), Contains("CRC"), DataError);
}

TEST_CASE("an archive with other files than arrays is refused by their name") {
  std::string bytes = two_arrays().bytes();
  for (std::size_t at = bytes.find("y.npy"); at != bytes.npos; at = bytes.find("y.npy", at))
    bytes.replace(at, 5, "y.txt");
  CHECK_THROWS_WITH_AS(parse_npz(bytes, "x.npz"),
                       Contains("array 'y.txt': not a valid .npz file: its name does not end in .npy"), DataError);
}

TEST_CASE("an archive of PyTorch and files that are none are called by their name") {
  std::string bytes = two_arrays().bytes();
  for (std::size_t at = bytes.find("layers.0.post.npy"); at != bytes.npos; at = bytes.find("layers.0.post.npy", at))
    bytes.replace(at, 17, "archive1/data.pkl");
  CHECK_THROWS_WITH_AS(parse_npz(bytes, "x.npz"), Contains("it is a PyTorch file (torch.save); help: "), DataError);
  CHECK_THROWS_WITH_AS(parse_npz(read_file(npz_folder + "c_f8.npy"), "x.npz"), Contains("it is a NumPy .npy file"),
                       DataError);
  CHECK_THROWS_WITH_AS(parse_npz("\x80\x04\x95", "x.npz"), Contains("it is a Python pickle"), DataError);
}

TEST_CASE("an archive that names an array twice is refused") {
  NpzWriter out;
  out.add("a", counted(1));
  out.add("b", counted(1));
  std::string bytes = out.bytes();
  for (std::size_t at = bytes.find("b.npy"); at != bytes.npos; at = bytes.find("b.npy", at))
    bytes.replace(at, 5, "a.npy");
  CHECK_THROWS_WITH_AS(parse_npz(bytes, "x.npz"), Contains("x.npz: not a valid .npz file: File already exists"),
                       DataError);
}

TEST_CASE("numpy opens what we write and finds the same numbers") {
  if (std::system("python3 -c 'import numpy' 2>/dev/null") != 0) {
    MESSAGE("skipped: python3 with numpy is not installed");
    return;
  }
  const TempFolder folder;
  const auto f8 = counted(8);
  const auto f4 = cast<float>(f8);
  const auto i8 = cast<std::int64_t>(counted(1));
  write_npy(folder / "f8.npy", f8);
  write_npy(folder / "f4.npy", f4);
  write_npy(folder / "i8.npy", i8);
  write_npy(folder / "scalar.npy", Tensor<double>(Shape{}, -0.5));
  write_npy(folder / "vector.npy", Tensor<double>({3}, {-0.5, -0.375, -0.25}));
  write_npy(folder / "empty.npy", Tensor<double>(Shape{0, 3}));
  NpzWriter npz;
  npz.add("f8", f8);
  npz.add("f4", f4);
  npz.add("i8", i8);
  npz.save(folder / "all.npz");
  SafeTensorsWriter()
      .add("f8", f8)
      .add("f4", f4)
      .add("i8", i8)
      .metadata("widths", "2,3")
      .save(folder / "all.safetensors");
  const std::string command = "python3 '" + source + "/tests/core/numpy_opens_our_files.py' '" + folder.path() + "'";
  CHECK(std::system(command.c_str()) == 0);
}
