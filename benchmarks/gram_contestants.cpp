// W6: the 512 x 512 Gram matrix J Jᵀ of the per-sample gradients of W2's network (118,282 parameters, 512 samples),
// from the layers' inputs a and pre-activation gradients d, which both contestants are given. Materialised: J is
// written out (242 MB, buffer reused) and multiplied with itself. Structured: sum over layers of (A Aᵀ + 1) ∘ (D Dᵀ),
// the 1 being the bias.
#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "benchmarks/contestants.h"
#include "benchmarks/hand_written.h"
#include "core/small_gemm.h"

namespace basin::benchmarks {
namespace {

struct Gram {
  HandMlp net;
  std::vector<float> jacobian, inner_a, inner_d, out;  // out: lower triangle, row-major

  Gram(std::vector<std::int64_t> widths, std::int64_t samples)
      : net(std::move(widths), samples, Activation::relu, Loss::cross_entropy, Optimizer::sgd),
        out(std::size_t(samples * samples)) {
    for (std::size_t i = 0; i < net.x().size(); ++i) net.x()[i] = float(std::sin(double(i) * 0.7));
    for (std::size_t i = 0; i < net.t().size(); ++i) net.t()[i] = float(i % 10);
    net.step();
  }

  void write_jacobian() {
    const std::int64_t n = net.batch(), width = std::int64_t(net.parameters().size());
    jacobian.resize(std::size_t(n * width));
    for (std::int64_t s = 0; s < n; ++s)
      for (const auto& l : net.layers()) {
        float* __restrict to = jacobian.data() + s * width + l.offset;
        const float *a = l.in + s * l.n_in, *__restrict d = l.delta + s * l.n_out;
        for (std::int64_t i = 0; i < l.n_in; ++i, to += l.n_out)
          for (std::int64_t j = 0; j < l.n_out; ++j) to[j] = a[i] * d[j];
        std::copy_n(d, l.n_out, to);
      }
  }

  void materialised() {
    write_jacobian();
    const int n = int(net.batch()), width = int(net.parameters().size());
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, n, width, 1, jacobian.data(), width, 0, out.data(), n);
  }

  // Rows `first`..`first + rows` of X Xᵀ, up to the diagonal block; X [samples, width].
  void inner_products(const float* x, std::int64_t width, std::int64_t first, std::int64_t rows, float* to) {
    const std::int64_t cols = first + rows;
    const float* left = x + first * width;
    if (small_gemm_pays(rows, cols, width)) {
      small_gemm_nt<float>(rows, cols, width, left, width, x, width, to, cols);
    } else {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, int(rows), int(cols), int(width), 1, left, int(width), x,
                  int(width), 0, to, int(cols));
    }
  }

  void structured() {
    const std::int64_t n = net.batch(), block = 64;
    inner_a.resize(std::size_t(block * n)), inner_d.resize(std::size_t(block * n));
    for (std::int64_t first = 0; first < n; first += block) {
      const std::int64_t rows = std::min(block, n - first), cols = first + rows;
      for (const auto& l : net.layers()) {
        inner_products(l.in, l.n_in, first, rows, inner_a.data());
        inner_products(l.delta, l.n_out, first, rows, inner_d.data());
        for (std::int64_t r = 0; r < rows; ++r) {
          float* __restrict to = out.data() + (first + r) * n;
          const float* __restrict a = inner_a.data() + r * cols, * __restrict d = inner_d.data() + r * cols;
          const float keep = &l == &net.layers().front() ? 0.0f : 1.0f;
          for (std::int64_t c = 0; c < cols; ++c) to[c] = keep * to[c] + (a[c] + 1) * d[c];
        }
      }
    }
  }
};

// The largest difference over the lower triangles, relative to the largest element.
double disagreement() {
  Gram g({20, 33, 17, 10}, 150);
  g.materialised();
  const std::vector<float> want = g.out;
  g.structured();
  double worst = 0, largest = 0;
  for (std::int64_t r = 0; r < g.net.batch(); ++r)
    for (std::int64_t c = 0; c <= r; ++c) {
      const std::size_t at = std::size_t(r * g.net.batch() + c);
      worst = std::max(worst, double(std::abs(want[at] - g.out[at])));
      largest = std::max(largest, double(std::abs(want[at])));
    }
  return worst / largest;
}

Run repeat(void (Gram::*once)()) {
  auto gram = std::make_shared<Gram>(std::vector<std::int64_t>{784, 128, 128, 10}, 512);
  return [gram, once](long iterations) {
    for (long i = 0; i < iterations; ++i) (*gram.*once)();
  };
}

const Register entries([] {
  contestants().push_back({"W6", "structured", true, 0, [] { return repeat(&Gram::structured); }});
  contestants().push_back({"W6", "materialised", false, 0, [] { return repeat(&Gram::materialised); }});
  contestants().push_back({"W6", "jacobian only", false, 0, [] { return repeat(&Gram::write_jacobian); }});
  checks().push_back({"structured Gram matrix against the materialised one", 1e-5, disagreement});
});

}  // namespace
}  // namespace basin::benchmarks
