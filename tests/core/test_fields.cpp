#include <doctest/doctest.h>

#include <cmath>

#include "core/fields.h"
#include "core/moments.h"
#include "core/streaming_qr.h"

using namespace basin;

namespace {

struct InnerFields {
  double value = 0;
  std::vector<bool> bits{};
  template <class Each>
  void fields(Each& each) {
    each(value, bits);
  }
};

struct OuterFields {
  std::string text{};
  std::vector<InnerFields> inner{};
  Tensor<double> tensor{};
  Shape shape{};
  std::vector<std::vector<std::uint64_t>> nested{};
  std::int64_t count = 0;
  bool flag = false;
  template <class Each>
  void fields(Each& each) {
    each(text, inner, tensor, shape, nested, count, flag);
  }
};

}  // namespace

TEST_CASE("fields come back to the bit, NaN, infinities and signed zeros too") {
  OuterFields given{.text = std::string("a\0b", 3),
                    .inner = {{.value = NAN, .bits = {true, false, true}}, {.value = -0.0}},
                    .tensor = {{2, 3}, {1, -0.0, INFINITY, 1e-310, 5, 6}},
                    .shape = {4, 0, 2},
                    .nested = {{}, {1, 2}, {~0ull}},
                    .count = -7,
                    .flag = true};
  OuterFields got{.text = "other", .inner = {{.value = 3}}, .nested = {{9}}};
  const std::string bytes = bytes_of(given);
  from_bytes(bytes, got);
  CHECK(got.text == given.text);
  REQUIRE(got.inner.size() == 2);
  CHECK(std::isnan(got.inner[0].value));
  CHECK(got.inner[0].bits == given.inner[0].bits);
  CHECK(std::signbit(got.inner[1].value));
  CHECK(got.tensor.shape == given.tensor.shape);
  CHECK(std::memcmp(got.tensor.data.data(), given.tensor.data.data(), 6 * sizeof(double)) == 0);
  CHECK(got.shape == given.shape);
  CHECK(got.nested == given.nested);
  CHECK(got.count == -7);
  CHECK(got.flag);
  CHECK(bytes_of(got) == bytes);
  CHECK_THROWS_AS(from_bytes(std::string_view(bytes).substr(0, bytes.size() - 1), got), DataError);
}

TEST_CASE("what has been gathered goes on from its bytes as it would have without") {
  const Matrix first({5, 2}, {1, 2, 3, 4, 5, 7, 7, 8, 9, 11}), more({2, 2}, {0.1, 0.3, -0.7, 2});
  Moments moments(2, {1, 1}), moved(2);
  moments.add(first.data);
  from_bytes(bytes_of(moments), moved);
  StreamingQr qr(2), moved_qr(2);
  qr.append(first);
  from_bytes(bytes_of(qr), moved_qr);
  for (Moments* m : {&moments, &moved}) m->add(more.data);
  for (StreamingQr* q : {&qr, &moved_qr}) q->append(more);
  CHECK(moved.samples() == 7);
  CHECK(moved.mean() == moments.mean());
  CHECK(moved.covariance().data == moments.covariance().data);
  CHECK(moved_qr.r().data == qr.r().data);
}
