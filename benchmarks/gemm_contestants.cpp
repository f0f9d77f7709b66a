// The matrix products of W1 and W2, one workload each: OpenBLAS (yardstick) against core/small_gemm.h.
#include <cblas.h>

#include <memory>

#include "benchmarks/contestants.h"
#include "core/small_gemm.h"

namespace basin::benchmarks {
namespace {

struct Product {
  const char* form;  // NN, TN or NT
  int m, n, k;

  bool ta() const { return form[0] == 'T'; }
  bool tb() const { return form[1] == 'T'; }
  int lda() const { return ta() ? m : k; }
  int ldb() const { return tb() ? k : n; }
  std::string name() const {
    return std::string("gemm ") + form + " " + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
  }
};

struct Matrices {
  std::vector<float> a, b, c;
  explicit Matrices(const Product& p)
      : a(std::size_t(p.m) * p.k, 0.5f), b(std::size_t(p.k) * p.n, 0.25f), c(std::size_t(p.m) * p.n) {}
};

Run openblas(const Product& p) {
  return [p, s = std::make_shared<Matrices>(p)](long iterations) {
    for (long i = 0; i < iterations; ++i)
      cblas_sgemm(CblasRowMajor, p.ta() ? CblasTrans : CblasNoTrans, p.tb() ? CblasTrans : CblasNoTrans, p.m, p.n, p.k,
                  1, s->a.data(), p.lda(), s->b.data(), p.ldb(), 0, s->c.data(), p.n);
  };
}

Run small(const Product& p) {
  auto* gemm = p.ta() ? small_gemm_tn<float> : p.tb() ? small_gemm_nt<float> : small_gemm_nn<float>;
  return [p, gemm, s = std::make_shared<Matrices>(p)](long iterations) {
    for (long i = 0; i < iterations; ++i)
      gemm(p.m, p.n, p.k, s->a.data(), p.lda(), s->b.data(), p.ldb(), s->c.data(), p.n, {});
  };
}

constexpr Product products[] = {
    {"NN", 32, 16, 8},    {"NN", 32, 16, 16},   {"NN", 32, 4, 16},    {"TN", 16, 4, 32},
    {"NT", 32, 16, 4},    {"TN", 16, 16, 32},   {"NT", 32, 16, 16},   {"TN", 8, 16, 32},
    {"NN", 64, 128, 784}, {"NN", 64, 128, 128}, {"NN", 64, 10, 128},  {"TN", 128, 10, 64},
    {"NT", 64, 128, 10},  {"TN", 128, 128, 64}, {"NT", 64, 128, 128}, {"TN", 784, 128, 64},
};

const Register entries([] {
  for (const Product& p : products) {
    const double flops = 2.0 * p.m * p.n * p.k;
    contestants().push_back({p.name(), "openblas", true, flops, [p] { return openblas(p); }});
    contestants().push_back({p.name(), "small_gemm", false, flops, [p] { return small(p); }});
  }
});

}  // namespace
}  // namespace basin::benchmarks
