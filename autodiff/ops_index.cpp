// Rows of a table by index, and the transpose of that.
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
    .run =
        [](const auto& c) {
          const Tables t = tables(c.graph->node(c.node_in[0]).shape, c.graph->node(c.node_in[1]).shape);
          for (std::int64_t i = 0; i < t.lead * t.picks; ++i) {
            const std::int64_t row = index_at(c, 1, i % t.picks, t.rows) + i / t.picks * t.rows;
            std::copy_n(c.in[0] + row * t.width, t.width, c.out + i * t.width);
          }
        }};

const Op add_rows_op{.name = "add_rows",
                     .vjp = [](Rule& r) { r.to(0, [&] { return take_rows(r.ct(), r.in(1)); }); },
                     .run =
                         [](const auto& c) {
                           const Tables t = tables(c.node->shape, c.graph->node(c.node_in[1]).shape);
                           std::fill(c.out, c.out + c.n, 0);
                           for (std::int64_t i = 0; i < t.lead * t.picks; ++i) {
                             const std::int64_t row = index_at(c, 1, i % t.picks, t.rows) + i / t.picks * t.rows;
                             for (std::int64_t j = 0; j < t.width; ++j)
                               c.out[row * t.width + j] += c.in[0][i * t.width + j];
                           }
                         }};

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

}  // namespace basin
