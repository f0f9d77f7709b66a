#include "core/small_gemm.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

using basin::Addend;

enum class Form { nn, tn, nt };
enum class From { zero, c, bias };

template <class T>
struct Case {
  Form form;
  From from;
  int m, n, k, pad;  // pad: how much each leading dimension exceeds the row length

  int a_rows() const { return form == Form::tn ? k : m; }
  int a_cols() const { return form == Form::tn ? m : k; }
  int b_rows() const { return form == Form::nt ? n : k; }
  int b_cols() const { return form == Form::nt ? k : n; }
  T a_value(int i, int p) const { return T((i * 7 + p * 3) % 11 - 5) / 8; }
  T b_value(int p, int j) const { return T((p * 5 + j * 9) % 13 - 6) / 8; }
  T start_value(int i, int j) const { return from == From::zero ? T(0) : T((from == From::c ? i : 0) + j) / 4; }
};

// Exactly the buffers the product may touch: one number more and the address sanitizer speaks.
template <class T, class Value>
std::vector<T> table(int rows, int cols, int ld, Value value) {
  std::vector<T> out(rows ? std::size_t(rows - 1) * ld + cols : 0, std::numeric_limits<T>::quiet_NaN());
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < cols; ++j) out[i * ld + j] = value(i, j);
  return out;
}

// Small multiples of 1/64: every partial sum is exact, so the answer must be equal to the last bit.
template <class T>
int wrong_elements(const Case<T>& t) {
  const int lda = t.a_cols() + t.pad, ldb = t.b_cols() + t.pad, ldc = t.n + t.pad;
  const bool ta = t.form == Form::tn, tb = t.form == Form::nt;
  auto a = table<T>(t.a_rows(), t.a_cols(), lda, [&](int i, int j) { return ta ? t.a_value(j, i) : t.a_value(i, j); });
  auto b = table<T>(t.b_rows(), t.b_cols(), ldb, [&](int i, int j) { return tb ? t.b_value(j, i) : t.b_value(i, j); });
  const T unread = std::numeric_limits<T>::quiet_NaN();
  auto c = table<T>(t.m, t.n, ldc, [&](int i, int j) { return t.from == From::c ? t.start_value(i, j) : unread; });
  auto bias = table<T>(1, t.n, t.n, [&](int, int j) { return t.start_value(0, j); });
  const Addend<T> start = t.from == From::zero ? Addend<T>::zero()
                          : t.from == From::c  ? Addend<T>::accumulate(c.data(), ldc)
                                               : Addend<T>::row(bias.data());
  auto* gemm = ta ? basin::small_gemm_tn<T> : tb ? basin::small_gemm_nt<T> : basin::small_gemm_nn<T>;
  gemm(t.m, t.n, t.k, a.data(), lda, b.data(), ldb, c.data(), ldc, start);
  int wrong = 0;
  for (std::size_t at = 0; at < c.size(); ++at) {
    const int i = int(at) / ldc, j = int(at) % ldc;
    T want = j < t.n ? t.start_value(i, j) : unread;  // the gap between rows stays as it was
    for (int p = 0; p < t.k; ++p) want += j < t.n ? t.a_value(i, p) * t.b_value(p, j) : T(0);
    wrong += !(c[at] == want || (std::isnan(want) && std::isnan(c[at])));
  }
  return wrong;
}

const int row_counts[] = {0, 1, 5, 8, 12, 13, 31};

}  // namespace

TEST_CASE_TEMPLATE("a small product equals the sum of products, at every width and from every start", T, float,
                   double) {
  for (Form form : {Form::nn, Form::tn, Form::nt})
    for (From from : {From::zero, From::c, From::bias})
      for (int m : row_counts)
        for (int n = 0; n < 71; n += n < 20 ? 1 : 5)
          for (int k : {0, 1, 3, 16, 37}) {
            const Case<T> t{form, from, m, n, k, (m + n + k) % 3};
            CAPTURE(int(form));
            CAPTURE(int(from));
            CAPTURE(m);
            CAPTURE(n);
            CAPTURE(k);
            REQUIRE(wrong_elements(t) == 0);
          }
}

TEST_CASE_TEMPLATE("a product with B transposed may be deeper and wider than its panel", T, float, double) {
  for (From from : {From::zero, From::c, From::bias})
    for (int k : {127, 128, 129, 513, 1100}) CHECK(wrong_elements(Case<T>{Form::nt, from, 7, 150, k, 3}) == 0);
}

TEST_CASE_TEMPLATE("the bits of a product do not depend on where its matrices lie", T, float, double) {
  const int m = 9, n = 43, k = 30, room = 17;
  std::vector<T> a(m * k), b(k * n), first(m * n), shifted(m * n + room);
  for (int at = 0; at < m * k; ++at) a[at] = T(std::sin(at * 1.7));
  for (int at = 0; at < k * n; ++at) b[at] = T(std::cos(at * 0.9));
  basin::small_gemm_nn<T>(m, n, k, a.data(), k, b.data(), n, first.data(), n);
  for (int shift = 1; shift < room; ++shift) {
    std::vector<T> a_moved(m * k + room), b_moved(k * n + room);
    std::copy(a.begin(), a.end(), a_moved.begin() + shift);
    std::copy(b.begin(), b.end(), b_moved.begin() + shift);
    basin::small_gemm_nn<T>(m, n, k, a_moved.data() + shift, k, b_moved.data() + shift, n, shifted.data() + shift, n);
    CHECK(std::equal(first.begin(), first.end(), shifted.begin() + shift));
  }
}
