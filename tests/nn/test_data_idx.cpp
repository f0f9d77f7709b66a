#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/idx.h"
#include "core/rng.h"
#include "nn/data/find.h"
#include "nn/data/mnist.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::nn;
namespace fs = std::filesystem;

namespace {

std::string word(std::uint32_t value) {
  return {char(value >> 24), char(value >> 16 & 255), char(value >> 8 & 255), char(value & 255)};
}

std::string idx(int type, const std::vector<std::uint32_t>& axes, const std::string& numbers) {
  std::string bytes{'\0', '\0', char(type), char(axes.size())};
  for (const std::uint32_t axis : axes) bytes += word(axis);
  return bytes + numbers;
}

std::string gz(const std::string& bytes) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(bytes.size() + 100, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = uInt(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = uInt(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

// Two training images and one test image of 1 x 3 pixels.
void put_data(const TempFolder& folder) {
  folder.with("train-images-idx3-ubyte.gz", gz(idx(8, {2, 1, 3}, std::string("\x00\xff\x33\x01\x02\x03", 6))));
  folder.with("train-labels-idx1-ubyte", idx(8, {2}, "\x03\x09"));
  folder.with("t10k-images-idx3-ubyte", idx(8, {1, 1, 3}, "\x01\x02\x04"));
  folder.with("t10k-labels-idx1-ubyte.gz", gz(idx(8, {1}, std::string(1, '\0'))));
}

// Sets a variable of the environment for one scope.
struct Variable {
  std::string name, before;
  bool had;
  Variable(const char* n, const std::string& value) : name(n), had(std::getenv(n)) {
    if (had) before = std::getenv(n);
    setenv(n, value.c_str(), 1);
  }
  ~Variable() { had ? setenv(name.c_str(), before.c_str(), 1) : unsetenv(name.c_str()); }
};

void refused(const std::string& bytes, const char* why) {
  CHECK_THROWS_WITH_AS(parse_idx(bytes, "f.idx"), doctest::Contains(why), DataError);
  CHECK_THROWS_WITH_AS(parse_idx(bytes, "f.idx"), doctest::Contains("f.idx"), DataError);
}

}  // namespace

TEST_CASE("IDX numbers of every type are read, big-endian") {
  const auto numbers = [](int type, const std::string& bytes) { return parse_idx(idx(type, {2}, bytes), "t").data; };
  CHECK(numbers(0x08, "\x01\xff") == std::vector<float>{1, 255});
  CHECK(numbers(0x09, "\x01\xff") == std::vector<float>{1, -1});
  CHECK(numbers(0x0B, std::string("\x01\x02\xff\xfe", 4)) == std::vector<float>{258, -2});
  CHECK(numbers(0x0C, word(70000) + word(0xfffffffe)) == std::vector<float>{70000, -2});
  CHECK(numbers(0x0D, word(0x3fc00000) + word(0xc0000000)) == std::vector<float>{1.5f, -2});
  CHECK(numbers(0x0E, word(0x3ff80000) + word(0) + word(0xc0000000) + word(0)) == std::vector<float>{1.5f, -2});
}

TEST_CASE("an IDX file is the same raw and gzip-compressed") {
  const std::string raw = idx(8, {2, 3}, "\x01\x02\x03\x04\x05\x06");
  for (const std::string& bytes : {raw, gz(raw)}) {
    const Tensor<float> t = parse_idx(bytes, "t");
    CHECK(t.shape == Shape{2, 3});
    CHECK(t.data == std::vector<float>{1, 2, 3, 4, 5, 6});
  }
}

TEST_CASE("IDX headers that lie are refused before anything is allocated") {
  const std::string good = idx(8, {2, 3}, "\x01\x02\x03\x04\x05\x06");
  refused("", "0 bytes, too few for a header");
  refused(good.substr(0, 3), "3 bytes, too few for a header");
  refused(good.substr(0, 9), "9 bytes, too few for 2 axes");
  refused("RIFF and more", "wrong magic 0x52494646");
  refused("<!DOCTYPE html>", "not an IDX file: it is an HTML page; help: download it again");
  refused(std::string("\0\1\x08\1\0\0\0\1a", 9), "wrong magic 0x00010801");
  refused(idx(7, {1}, "a"), "type code 0x07");
  refused(idx(0x88, {1}, "a"), "type code 0x88");
  refused(idx(8, {}, ""), "rank 0, wanted 1 to 8");
  refused(idx(8, std::vector<std::uint32_t>(9, 1), "a"), "rank 9, wanted 1 to 8");
  refused(idx(8, {2, 0}, "ab"), "axis 1 is empty");
  refused(good + "a", "7 bytes of numbers, wanted 6 for shape [2,3]");
  refused(good.substr(0, good.size() - 1), "5 bytes of numbers, too few for an axis 1 of length 3");
  refused(idx(8, {0xffffffff}, "abc"), "too few for an axis 0 of length 4294967295");
  const std::vector<std::uint32_t> product_overflows(8, 0x80000000);
  refused(idx(8, product_overflows, "abc"), "too few for an axis 0");
  refused(idx(0x0E, {1}, "abc"), "3 bytes of numbers, too few");
}

TEST_CASE("damaged gzip streams are refused") {
  const std::string good = gz(idx(8, {2, 3}, "\x01\x02\x03\x04\x05\x06"));
  for (std::size_t kept = 2; kept < good.size(); ++kept)
    CHECK_THROWS_AS(parse_idx(std::string_view(good).substr(0, kept), "f.idx.gz"), DataError);
  std::string bad_checksum = good;
  bad_checksum[good.size() - 6] ^= 1;
  refused(bad_checksum, "not valid gzip");
  refused(good + "tail", "not valid gzip");
}

TEST_CASE("no mutation of an IDX file crashes the reader or is read as something it is not") {
  const std::string raw = idx(0x0B, {3, 2, 2}, std::string(24, 'x')), packed = gz(raw);
  Rng rng(1, "mutations");
  int read = 0, refusals = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = round % 2 ? raw : packed;
    for (std::uint64_t edits = 1 + rng.below(3); edits; --edits) {
      const std::size_t at = rng.below(bytes.size());
      switch (rng.below(4)) {
        case 0: bytes[at] = char(rng.below(256)); break;
        case 1: bytes[at] = char(bytes[at] ^ 1 << rng.below(8)); break;
        case 2: bytes.resize(at + 1); break;
        default: bytes.insert(at, std::string(1 + rng.below(5), char(rng.below(256))));
      }
    }
    try {
      const Tensor<float> t = parse_idx(bytes, "mutant");
      CHECK(t.shape.numel() == t.size());
      CHECK(t.size() <= std::int64_t(bytes.size()));
      ++read;
    } catch (const DataError&) {
      ++refusals;
    }
  }
  CHECK(read > 100);
  CHECK(refusals > 2000);
}

TEST_CASE("four IDX files make a data set of pixels in [0,1]") {
  const TempFolder folder;
  put_data(folder);
  const Split split = load_mnist_like(folder.path(), "tiny");
  CHECK(split.train.x.shape == Shape{2, 3});
  CHECK(split.train.x.data == std::vector<float>{0, 1, 51 / 255.f, 1 / 255.f, 2 / 255.f, 3 / 255.f});
  CHECK(split.train.y.data == std::vector<float>{3, 9});
  CHECK(split.test.y.data == std::vector<float>{0});
  CHECK(split.train.classes == 10);
  CHECK(split.train.name == "tiny");
}

TEST_CASE("IDX files that do not fit each other are refused") {
  const TempFolder folder;
  const auto broken = [&](const char* file, const std::string& bytes, const char* why) {
    put_data(folder);
    folder.with(file, bytes);
    CHECK_THROWS_WITH_AS(load_mnist_like(folder.path(), "tiny"), doctest::Contains(why), DataError);
  };
  broken("train-labels-idx1-ubyte", idx(8, {3}, "\x01\x02\x03"), "x [2,3] and y [3]");
  broken("train-labels-idx1-ubyte", idx(8, {2}, "\x01\x0a"), "y row 1, column 0 is 10");
  broken("train-labels-idx1-ubyte", idx(8, {2, 1, 1}, "\x01\x02"), "wanted x [n,inputs] and y [n]");
  broken("t10k-images-idx3-ubyte", idx(8, {1, 3}, "abc"), "images of shape [1,3], wanted [n,height,width]");
  broken("t10k-images-idx3-ubyte", idx(8, {1, 1, 2}, "ab"), "3 pixels per training image and 2 per test image");
  broken("t10k-images-idx3-ubyte", idx(9, {1, 1, 3}, "\xff\x01\x01"), "number 0 is -1, wanted a pixel in [0,255]");
  broken("t10k-images-idx3-ubyte", idx(0x0B, {1, 1, 3}, std::string("\0\1\0\2\1\0", 6)), "number 2 is 256");
  fs::remove(folder / "train-labels-idx1-ubyte");
  CHECK_THROWS_WITH_AS(load_mnist_like(folder.path(), "tiny"), doctest::Contains("nor train-labels-idx1-ubyte.gz"),
                       DataError);
}

TEST_CASE("data is found in the named folder, then by the environment") {
  const TempFolder folder;
  const fs::path mnist = folder / "mnist";
  fs::create_directories(mnist);
  folder.with("mnist/train-images-idx3-ubyte.gz", "");
  CHECK(find_data("mnist", folder.path()) == mnist);
  CHECK(find_data("mnist", mnist) == mnist);
  const Variable home("HOME", "/nonexistent");
  {
    const Variable dir("BASIN_DATA_DIR", folder.path());
    CHECK(find_data("mnist", "") == mnist);
  }
  {
    const Variable dir("BASIN_DATA_DIR", mnist.string() + "/");
    CHECK(fs::equivalent(find_data("mnist", ""), mnist));
    CHECK_THROWS_AS(find_data("another", ""), DataError);  // these files are not its own
  }
}

TEST_CASE("data that is not found is reported with the places and the next step") {
  const Variable home("HOME", "/nonexistent/home"), dir("BASIN_DATA_DIR", "/nonexistent/data");
  CHECK_THROWS_WITH_AS(find_data("mnist", ""),
                       "data set mnist: train-images-idx3-ubyte[.gz] is in none of\n  /nonexistent/data/mnist\n"
                       "  /nonexistent/home/.local/share/basin/mnist\n  /usr/share/datasets/mnist"
                       "; help: name the folder with its four IDX files: --data-dir DIR",
                       DataError);
  CHECK_THROWS_WITH_AS(find_data("fashion-mnist", "/nonexistent"),
                       "data set fashion-mnist: train-images-idx3-ubyte[.gz] is in none of\n"
                       "  /nonexistent/fashion-mnist\n  /nonexistent"
                       "; help: apt-get install dataset-fashion-mnist, or name the folder with its four IDX files: "
                       "--data-dir DIR",
                       DataError);
}

// The real thing: 60,000 and 10,000 images; skipped where it is not installed.
TEST_CASE("MNIST and Fashion-MNIST are read whole where they are installed") {
  for (const std::string name : {"mnist", "fashion-mnist"}) {
    fs::path where;
    try {
      where = find_data(name, "");
    } catch (const DataError&) {
      MESSAGE(name << " is not on this machine: skipped");
      continue;
    }
    const Split split = load_mnist_like(where, name);
    CHECK(split.train.x.shape == Shape{60000, 784});
    CHECK(split.test.x.shape == Shape{10000, 784});
    CHECK(std::count(split.train.y.data.begin(), split.train.y.data.end(), 0.f) == (name == "mnist" ? 5923 : 6000));
    CHECK(std::count(split.test.y.data.begin(), split.test.y.data.end(), 0.f) == (name == "mnist" ? 980 : 1000));
    CHECK(*std::max_element(split.train.x.data.begin(), split.train.x.data.end()) == 1);
  }
}
