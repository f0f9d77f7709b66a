#include "interp/jacobian/jacobian_products.h"

#include <algorithm>

#include "core/blas.h"
#include "core/lapack.h"
#include "core/parallel.h"
#include "core/small_gemm.h"
#include "core/streaming_qr.h"
#include "interp/jacobian/gauss_newton.h"

namespace basin::interp {
namespace {

constexpr std::int64_t samples_at_once = 256, vectors_at_once = 32;

// Some vectors of parameter space side by side, and of a few samples' outputs.
class VectorBlock {
 public:
  VectorBlock(const JacobianTables& tables, std::int64_t vectors) : tables_(tables), vectors_(vectors) {
    for (const LayerTable& t : tables.layers) packs_.emplace_back(t.columns() * vectors);
  }

  // [samples k, vectors]: the samples of the last forward, or for the next backward.
  std::vector<double>& image() { return image_; }

  // The vectors become rows [first, first + vectors) of z; back.
  void read(const Matrix& z, std::int64_t first) {
    visit([&](std::int64_t v, std::int64_t column, double* place, std::int64_t e) {
      std::copy_n(z.row(first + v).begin() + column, e, place);
    });
  }
  void write(Matrix& z, std::int64_t first) {
    visit([&](std::int64_t v, std::int64_t column, const double* place, std::int64_t e) {
      std::copy_n(place, e, z.row(first + v).begin() + column);
    });
  }

  // image[(x, a), v] = sum_l sum_i B[(x, a), i] (sum_j F[x, j] v[j, i])
  void forward(std::int64_t first, std::int64_t count) {
    const std::int64_t k = tables_.outputs;
    image_.assign(count * k * vectors_, 0);
    for (std::size_t l = 0; l < packs_.size(); ++l) {
      const LayerTable& t = tables_.layers[l];
      const std::int64_t d = t.F.cols(), e = t.B.cols(), width = vectors_ * e;
      scratch_.resize(std::max(scratch_.size(), std::size_t(count * width)));
      gemm(false, false, count, width, d, 1.0, t.F.data.data() + first * d, d, packs_[l].data(), width, 0.0,
           scratch_.data(), width);
      for (std::int64_t x = 0; x < count; ++x) {
        double* to = image_.data() + x * k * vectors_;
        small_gemm_nt(k, vectors_, e, t.B.data.data() + (first + x) * k * e, e, scratch_.data() + x * width, e, to,
                      vectors_, Addend<double>::accumulate(to, vectors_));
      }
    }
  }

  // v[j, i] += sum_x F[x, j] (sum_a image[(x, a), v] B[(x, a), i])
  void backward(std::int64_t first, std::int64_t count) {
    const std::int64_t k = tables_.outputs;
    for (std::size_t l = 0; l < packs_.size(); ++l) {
      const LayerTable& t = tables_.layers[l];
      const std::int64_t d = t.F.cols(), e = t.B.cols(), width = vectors_ * e;
      scratch_.resize(std::max(scratch_.size(), std::size_t(count * width)));
      for (std::int64_t x = 0; x < count; ++x)
        small_gemm_tn(vectors_, e, k, image_.data() + x * k * vectors_, vectors_, t.B.data.data() + (first + x) * k * e,
                      e, scratch_.data() + x * width, e);
      gemm(true, false, d, width, count, 1.0, t.F.data.data() + first * d, d, scratch_.data(), width, 1.0,
           packs_[l].data(), width);
    }
  }

 private:
  // f(vector, column, place, outputs) for each input of each layer.
  template <class F>
  void visit(const F& f) {
    std::int64_t column = 0;
    for (std::size_t l = 0; l < packs_.size(); ++l) {
      const std::int64_t d = tables_.layers[l].F.cols(), e = tables_.layers[l].B.cols();
      for (std::int64_t j = 0; j < d; ++j, column += e)
        for (std::int64_t v = 0; v < vectors_; ++v) f(v, column, packs_[l].data() + (j * vectors_ + v) * e, e);
    }
  }

  const JacobianTables& tables_;
  std::int64_t vectors_;
  std::vector<std::vector<double>> packs_;  // of each layer [inputs, vectors, outputs]
  std::vector<double> image_, scratch_;     // scratch: [samples, vectors, outputs]
};

using Range = std::function<void(std::int64_t first, std::int64_t count)>;

void for_samples(std::int64_t first, std::int64_t end, const Range& f) {
  for (; first < end; first += samples_at_once) f(first, std::min(samples_at_once, end - first));
}

void for_vectors(std::int64_t vectors, int threads, const Range& f) {
  parallel_for(threads, (vectors + vectors_at_once - 1) / vectors_at_once, [&](std::int64_t block, int) {
    const std::int64_t first = block * vectors_at_once;
    f(first, std::min(vectors_at_once, vectors - first));
  });
}

Matrix normal(const JacobianTables& tables, const Matrix& z, int threads) {
  Matrix w(z.shape);
  for_vectors(z.rows(), threads, [&](std::int64_t vector, std::int64_t vectors) {
    VectorBlock in(tables, vectors), out(tables, vectors);
    in.read(z, vector);
    for_samples(0, tables.samples, [&](std::int64_t first, std::int64_t count) {
      in.forward(first, count);
      std::swap(in.image(), out.image());
      out.backward(first, count);
    });
    out.write(w, vector);
  });
  return w;
}

// Rows of J z^T of samples [first, end).
Matrix image_rows(const JacobianTables& tables, const Matrix& z, std::int64_t first, std::int64_t end, int threads) {
  Matrix y({(end - first) * tables.outputs, z.rows()});
  for_vectors(z.rows(), threads, [&](std::int64_t vector, std::int64_t vectors) {
    VectorBlock block(tables, vectors);
    block.read(z, vector);
    for_samples(first, end, [&](std::int64_t sample, std::int64_t count) {
      block.forward(sample, count);
      for (std::int64_t i = 0; i < count * tables.outputs; ++i)
        std::copy_n(block.image().begin() + i * vectors, vectors,
                    y.row((sample - first) * tables.outputs + i).begin() + vector);
    });
  });
  return y;
}

// By as many samples as the QR likes to take at once.
Matrix r_of_image(const JacobianTables& tables, const Matrix& z, int threads) {
  const std::int64_t n = tables.samples, step = std::max(samples_at_once, 2 * z.rows() / tables.outputs);
  StreamingQr qr(z.rows());
  for (std::int64_t first = 0; first < n; first += step)
    qr.append(image_rows(tables, z, first, std::min(n, first + step), threads));
  return qr.r();
}

// z J for rows z [any, n k].
Matrix times_jacobian(const JacobianTables& tables, const Matrix& z, int threads) {
  const std::int64_t k = tables.outputs;
  Matrix u({z.rows(), tables.columns()});
  for_vectors(z.rows(), threads, [&](std::int64_t vector, std::int64_t vectors) {
    VectorBlock block(tables, vectors);
    for_samples(0, tables.samples, [&](std::int64_t first, std::int64_t count) {
      block.image().resize(count * k * vectors);
      for (std::int64_t i = 0; i < count * k; ++i)
        for (std::int64_t v = 0; v < vectors; ++v) block.image()[i * vectors + v] = z(vector + v, first * k + i);
      block.backward(first, count);
    });
    block.write(u, vector);
  });
  return u;
}

Matrix r_of_rows(const Matrix& u) {
  StreamingQr qr(u.rows());
  qr.append(transpose(u));
  return qr.r();
}

}  // namespace

ProductMatrix jacobian_products(const JacobianTables& tables, int threads) {
  return {.columns = tables.columns(),
          .gram = [&tables, threads] { return parameter_gram(tables, threads); },
          .normal = [&tables, threads](const Matrix& z) { return normal(tables, z, threads); },
          .r_of_image = [&tables, threads](const Matrix& z) { return r_of_image(tables, z, threads); }};
}

ProductMatrix transposed_products(const JacobianTables& tables, int threads) {
  return {.columns = tables.rows(),
          .gram = [&tables, threads] { return jacobian_gram(tables, threads); },
          .normal =
              [&tables, threads](const Matrix& z) {
                const Matrix u = times_jacobian(tables, z, threads);
                return transpose(image_rows(tables, u, 0, tables.samples, threads));
              },
          .r_of_image = [&tables, threads](const Matrix& z) { return r_of_rows(times_jacobian(tables, z, threads)); }};
}

}  // namespace basin::interp
