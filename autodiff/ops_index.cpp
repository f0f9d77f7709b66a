// Rows of a table and entries of rows by index, and the transposes of both.
#include "autodiff/indices.h"
#include "autodiff/kernels.h"

namespace basin {
namespace {

struct Tables {  // [lead, V, d] against [lead, I, d]
  std::int64_t lead, rows, picks, width;
};

Tables tables(const Shape& table, const Shape& index) {
  return {table.first(table.rank() - 2).numel(), table.back(2), index.numel(), table.back()};
}

const Op take_rows_op{
    .name = "take_rows",
    .vjp = [](Rule& r) { r.to(0, [&] { return add_rows(r.ct(), r.in(1), r.in(0).shape().back(2)); }); },
    .run = one_lane([](const auto& c) {
      const Tables t = tables(c.graph->node(c.node_in[0]).shape, c.graph->node(c.node_in[1]).shape);
      for (std::int64_t i = 0; i < t.lead * t.picks; ++i) {
        const std::int64_t row = index_at(c, 1, i % t.picks, t.rows) + i / t.picks * t.rows;
        std::copy_n(c.in[0] + row * t.width, t.width, c.out + i * t.width);
      }
    })};

const Op add_rows_op{.name = "add_rows",
                     .vjp = [](Rule& r) { r.to(0, [&] { return take_rows(r.ct(), r.in(1)); }); },
                     .run = one_lane([](const auto& c) {
                       const Tables t = tables(c.node->shape, c.graph->node(c.node_in[1]).shape);
                       std::fill(c.out, c.out + c.n, 0);
                       for (std::int64_t i = 0; i < t.lead * t.picks; ++i) {
                         const std::int64_t row = index_at(c, 1, i % t.picks, t.rows) + i / t.picks * t.rows;
                         for (std::int64_t j = 0; j < t.width; ++j)
                           c.out[row * t.width + j] += c.in[0][i * t.width + j];
                       }
                     })};

// [..., I, n] against [..., I]: picks go around with every walk over I.
const Op pick_op{.name = "pick",
                 .vjp = [](Rule& r) { r.to(0, [&] { return place(r.ct(), r.in(1), r.in(0).shape().back()); }); },
                 .run = one_lane([](const auto& c) {
                   const std::int64_t n = c.graph->node(c.node_in[0]).shape.back();
                   const std::int64_t picks = c.graph->node(c.node_in[1]).shape.numel();
                   for (std::int64_t i = 0; i < c.n; ++i) c.out[i] = c.in[0][i * n + index_at(c, 1, i % picks, n)];
                 })};

const Op place_op{.name = "place",
                  .vjp = [](Rule& r) { r.to(0, [&] { return pick(r.ct(), r.in(1)); }); },
                  .run = one_lane([](const auto& c) {
                    const std::int64_t n = c.node->shape.back();
                    const std::int64_t picks = c.graph->node(c.node_in[1]).shape.numel();
                    std::fill(c.out, c.out + c.n, 0);
                    for (std::int64_t i = 0; i * n < c.n; ++i) c.out[i * n + index_at(c, 1, i % picks, n)] = c.in[0][i];
                  })};

// Whether the last axes of `shape` are those of the index.
bool ends_with(const Shape& shape, const Shape& index) {
  return shape.rank() >= index.rank() && shape.last(index.rank()) == index;
}

}  // namespace

Var take_rows(Var table, Var index) {
  require_values("take_rows", {table, index});
  const Shape& t = table.shape();
  if (t.rank() < 2) shape_error("take_rows", {table, index}, "wanted a table with at least two axes");
  if (const int axes = t.rank() - 1 + index.shape().rank(); axes > Shape::max_rank)
    shape_error("take_rows", {table, index},
                "the result would have " + std::to_string(axes) + " axes, at most " + std::to_string(Shape::max_rank) +
                    " are possible");
  Shape out = t.first(t.rank() - 2) + index.shape();
  out.push_back(t.back());
  return table.graph->emit(take_rows_op, {table, index}, out);
}

Var add_rows(Var rows, Var index, std::int64_t count) {
  require_values("add_rows", {rows, index});
  const Shape &x = rows.shape(), &i = index.shape();
  const int lead = x.rank() - 1 - i.rank();
  if (lead < 0 || !(x.last(i.rank() + 1).first(i.rank()) == i))
    shape_error("add_rows", {rows, index}, "wanted rows of shape [..., index axes, width]");
  Shape out = x.first(lead);
  out.push_back(count), out.push_back(x.back());
  return rows.graph->emit(add_rows_op, {rows, index}, out);
}

Var pick(Var x, Var index) {
  require_last_axis("pick", {x, index});
  const Shape out = x.shape().first(x.shape().rank() - 1);
  if (!ends_with(out, index.shape())) shape_error("pick", {x, index}, "wanted values of shape [..., index axes, n]");
  return x.graph->emit(pick_op, {x, index}, out);
}

Var place(Var values, Var index, std::int64_t n) {
  require_values("place", {values, index});
  if (!ends_with(values.shape(), index.shape()))
    shape_error("place", {values, index}, "wanted values of shape [..., index axes]");
  if (n < 1) shape_error("place", {values, index}, "there is no place among " + std::to_string(n));
  return values.graph->emit(place_op, {values, index}, values.shape() + Shape{n});
}

}  // namespace basin
