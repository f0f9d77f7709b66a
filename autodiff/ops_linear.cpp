// Matrix products. BLAS does the arithmetic; the work here is to meet it with as few, as large products as possible.
#include "autodiff/fused_kernels.h"

namespace basin {
namespace {

// Leading axes of a table merged into rows: [..., n] -> [lead, rows, n], with `lead` seed axes left as they are.
Var as_rows(Var x, int lead = 0) {
  Shape shape = x.shape().first(lead);
  shape.push_back(x.shape().last(x.shape().rank() - lead).first(x.shape().rank() - lead - 1).numel());
  shape.push_back(x.shape().back());
  return reshape(x, shape);
}

// How the last two axes of an operand lie: as a matrix whose rows are `ld` apart, or as the transpose of one.
struct Layout {
  bool turned;
  std::int64_t ld;
};

std::optional<Layout> matrix_of(const Shape& shape, const Strides& strides) {
  const int rank = shape.rank();
  const std::int64_t rows = shape.back(2), cols = shape.back(), down = strides[rank - 2], right = strides[rank - 1];
  if ((cols == 1 || right == 1) && (rows == 1 || down >= cols)) return Layout{false, rows == 1 ? cols : down};
  if ((rows == 1 || down == 1) && (cols == 1 || right >= rows)) return Layout{true, cols == 1 ? rows : right};
  return {};
}

struct Operand {
  Shape shape;
  Strides strides;
  Layout matrix;

  Operand(const Task& t, int i)
      : shape(t.graph->node(t.node_in[i]).shape),
        strides(t.view[i] ? t.view[i]->attr.ints : contiguous_strides(shape)),
        matrix(*matrix_of(shape, strides)) {}
  Strides over(const Shape& batch) const {  // from one matrix to the next
    Strides s{};
    const int axes = shape.rank() - 2, shift = batch.rank() - axes;
    for (int axis = 0; axis < axes; ++axis) s[axis + shift] = shape[axis] == 1 ? 0 : strides[axis];
    return s;
  }
};

// attr.ints = {tx, ty}. One right side for all is one product over all rows, if these follow one another evenly.
void plan_matmul(Task& t) {
  const Operand x(t, 0), y(t, 1);
  const Shape& out = t.node->shape;
  const bool tx = t.node->attr.ints[0], ty = t.node->attr.ints[1];
  Product& p = t.product;
  p = {tx != x.matrix.turned,    ty != y.matrix.turned, out.back(2), out.back(),
       x.shape.back(tx ? 2 : 1), x.matrix.ld,           y.matrix.ld};
  Shape batch = out.first(out.rank() - 2);
  const Strides none{}, over_x = x.over(batch), over_y = y.over(batch);
  if (!p.tx && over_y == none) {
    Strides rows = over_x;
    rows[batch.rank()] = x.strides[x.shape.rank() - (tx ? 1 : 2)];
    const Loop all = make_loop(batch + Shape{p.m}, {rows});
    if (all.axes == 1 && (all.inner() == 1 || all.inner_stride(0) >= p.k)) {
      if (all.inner() > 1) p.ld_x = all.inner_stride(0);
      p.m = all.inner();
      batch = {};
    }
  }
  Strides over_out = contiguous_strides(batch);
  for (auto& stride : over_out) stride *= out.back(1) * out.back(2);
  t.loop = make_loop(batch, {over_out, over_x, over_y});
}

template <class T>
void product(const Product& p, const T* x, const T* y, T* out) {
  gemm(p.tx, p.ty, p.m, p.n, p.k, T(1), x, p.ld_x, y, p.ld_y, T(0), out, p.n);
}
template <class T>
void product(const Product& p, const Pack<T>* x, const Pack<T>* y, Pack<T>* out) {
  const auto matrix = [](const Pack<T>* at, std::int64_t ld, bool turned) {
    return turned ? PackMatrix<T>{at, 1, ld} : PackMatrix<T>{at, ld, 1};
  };
  pack_gemm(p.m, p.n, p.k, matrix(x, p.ld_x, p.tx), matrix(y, p.ld_y, p.ty), {}, out, p.n);
}

template <class T>
void matmul_kernel(const Call<T>& c) {
  const Product& p = c.product;
  const Loop& l = c.loop;
  walk(l, c.out, c.in, [&](T* o, const T* a, const T* b, const T*) {
    for (std::int64_t i = 0; i < l.inner(); ++i)
      product(p, a + i * l.inner_stride(1), b + i * l.inner_stride(2), o + i * l.inner_stride(0));
  });
}

void matmul_vjp(Rule& r) {
  const bool tx = r.attr().ints[0], ty = r.attr().ints[1];
  Var x = r.in(0), y = r.in(1), ct = r.ct();
  r.to(0, [&] { return tx ? matmul(y, ct, ty, true) : matmul(ct, y, false, !ty); });
  r.to(1, [&] {
    if (y.shape().rank() == 2 && !tx) {  // one product over all rows
      Var rows = as_rows(x), ct_rows = as_rows(ct, r.seeds());
      return ty ? matmul(ct_rows, rows, true, false) : matmul(rows, ct_rows, true, false);
    }
    return ty ? matmul(ct, x, true, tx) : matmul(x, ct, !tx, false);
  });
}

const Op matmul_op{
    .name = "matmul", .vjp = matmul_vjp, .run = [](const auto& c) { matmul_kernel(c); }, .plan = plan_matmul};

// y = x W + b, weight [in, out]: BLAS' good forms forward and for the weight gradient.
const Op dense_op{.name = "dense",
                  .vjp =
                      [](Rule& r) {
                        r.to(0, [&] { return matmul(r.ct(), r.in(1), false, true); });
                        r.to(1, [&] { return matmul(as_rows(r.in(0)), as_rows(r.ct(), r.seeds()), true, false); });
                        r.to(2, [&] { return r.ct(); });
                      },
                  .run = [](const auto& c) { dense_then(c, [](auto y) { return y; }); }};

Shape chains_of(Var weight) { return weight.shape().first(weight.shape().rank() - 2); }

void check_bias(Var weight, Var bias) {
  require_values("dense", {weight, bias});
  const Shape &b = bias.shape(), one{weight.shape().back()}, chains = chains_of(weight);
  if (b == one || (chains.rank() > 0 && b == chains + one)) return;
  if (chains.rank() == 0) shape_error("dense", {weight, bias}, "wanted a bias of shape [out]");
  if (b.rank() < 2 || b.back() != one[0] || b.back(2) != 1 || !broadcasts_to(b.first(b.rank() - 2), chains))
    shape_error("dense", {weight, bias},
                "wanted a bias of shape [out], or [..., out] or [..., 1, out] with the chains of the weight");
}

// A bias for each chain is the same for all its rows: [C..., out] -> [C..., 1, out].
Var bias_of_chains(Var weight, Var bias) {
  const Shape chains = chains_of(weight);
  return bias.shape() == chains + Shape{bias.shape().back()} ? reshape(bias, chains + Shape{1, bias.shape().back()})
                                                             : bias;
}

Var dense_of_vector(Var x, Var weight, Var bias) {  // as one row
  return reshape(dense(reshape(x, {1, x.shape()[0]}), weight, bias), chains_of(weight) + Shape{weight.shape().back()});
}

}  // namespace

bool is_view_for_products(const Node& node) {
  return is_view(node) && node.shape.rank() >= 2 && matrix_of(node.shape, node.attr.ints);
}

Var matmul(Var x, Var y, bool tx, bool ty) {
  require_values("matmul", {x, y});
  const Shape &p = x.shape(), &q = y.shape();
  if (p.rank() < 2 || q.rank() < 2) shape_error("matmul", {x, y}, "both need at least two axes");
  const std::int64_t m = p.back(tx ? 1 : 2), kx = p.back(tx ? 2 : 1), ky = q.back(ty ? 1 : 2), n = q.back(ty ? 2 : 1);
  if (kx != ky)
    shape_error("matmul", {x, y}, "inner lengths " + std::to_string(kx) + " and " + std::to_string(ky) + " differ");
  const std::optional<Shape> batch = broadcast(p.first(p.rank() - 2), q.first(q.rank() - 2));
  if (!batch) shape_error("matmul", {x, y}, "batch axes do not broadcast");
  return x.graph->emit(matmul_op, {x, y}, *batch + Shape{m, n}, {.ints = {tx, ty}});
}

Var dense(Var x, Var weight, Var bias) {
  require_values("dense", {x, weight});
  const int rank = weight.shape().rank();
  if (x.shape().rank() < 1 || rank < 2 || x.shape().back() != weight.shape().back(2))
    shape_error("dense", {x, weight},
                rank == 2 ? "wanted [..., in] and [in, out]" : "wanted [..., in] and [..., in, out]");
  if (bias) check_bias(weight, bias);
  if (x.shape().rank() == 1) return dense_of_vector(x, weight, bias);
  if (!bias) return matmul(x, weight);
  if (rank > 2) return matmul(x, weight) + bias_of_chains(weight, bias);
  Shape out = x.shape();
  out[out.rank() - 1] = weight.shape()[1];
  return x.graph->emit(dense_op, {x, weight, bias}, out);
}

}  // namespace basin
