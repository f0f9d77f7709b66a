#include "autodiff/einsum.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>

#include "autodiff/op.h"

namespace basin {
namespace {

// One character names an axis: a letter, or for an axis that "..." stands for its place from the right, '1' to '8'.
using Axes = std::string;

bool has(const Axes& axes, char name) { return axes.find(name) != Axes::npos; }
Axes shared(const Axes& a, const Axes& b) {  // those of a that b has, in a's order
  Axes both;
  std::copy_if(a.begin(), a.end(), std::back_inserter(both), [&](char name) { return has(b, name); });
  return both;
}
Axes without(const Axes& a, const Axes& b) {
  Axes rest;
  std::copy_if(a.begin(), a.end(), std::back_inserter(rest), [&](char name) { return !has(b, name); });
  return rest;
}

struct Operand {
  Var v;
  Axes axes;  // one name for each axis of v

  std::int64_t length(char name) const { return v.shape()[int(axes.find(name))]; }
  std::int64_t length(const Axes& names) const {
    std::int64_t n = 1;
    for (char name : names) n *= length(name);
    return n;
  }
  Shape shape_of(const Axes& names) const {
    Shape shape;
    for (char name : names) shape.push_back(length(name));
    return shape;
  }
  Operand in_order(const Axes& order) const {
    if (order == axes) return *this;
    std::vector<std::int64_t> from;
    for (char name : order) from.push_back(std::int64_t(axes.find(name)) - std::int64_t(axes.size()));
    return {permute(v, from), order};
  }
  Operand summed_to(const Axes& kept) const {  // over all others; keeps the order
    Shape ones = v.shape();
    for (std::size_t i = 0; i < axes.size(); ++i)
      if (!has(kept, axes[i])) ones[int(i)] = 1;
    const Axes rest = shared(axes, kept);
    return {reshape(sum_to(v, ones), shape_of(rest)), rest};
  }
};

class Einsum {
 public:
  Einsum(std::string_view spec, std::vector<Var> values) : spec_(spec) {
    require_values("einsum", values);
    for (char c : spec)
      if (c != ' ') text_ += c;
    const std::size_t arrow = text_.find("->");
    if (arrow == Axes::npos) wrong("wanted \"->\" and the letters of the result");
    std::string left = text_.substr(0, arrow);
    if (std::size_t(std::count(left.begin(), left.end(), ',')) + 1 != values.size())
      wrong(std::to_string(values.size()) + (values.size() == 1 ? " value was given" : " values were given"));
    for (Var v : values) {
      const std::size_t comma = std::min(left.find(','), left.size());
      operands_.push_back(named(v, left.substr(0, comma)));
      left.erase(0, comma + 1);
    }
    set_result(text_.substr(arrow + 2));
    if (values.size() == 2) match();
  }

  Var make() const {
    if (operands_.size() == 1) return operands_[0].summed_to(out_).in_order(out_).v;
    const Operand &a = operands_[0], &b = operands_[1];
    const Operand left = a.summed_to(b.axes + out_), right = b.summed_to(a.axes + out_);
    const bool sums = without(left.axes, out_) != "";
    return (sums ? product(left, right) : elementwise(left, right)).in_order(out_).v;
  }

 private:
  [[noreturn]] void wrong(const std::string& why) const {
    throw ShapeError("einsum: \"" + std::string(spec_) + "\": " + why);
  }

  // The names that `part` of the specification gives to `dots` axes behind "..." and to its letters.
  Axes names(const std::string& part, int dots) const {
    Axes axes;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part.compare(i, 3, "...") == 0 && !has(axes, '.')) {
        axes += '.', i += 2;
      } else if (!std::isalpha(static_cast<unsigned char>(part[i]))) {
        wrong("'" + part.substr(i, 1) + "' in \"" + part + "\" is no letter");
      } else if (has(axes, part[i])) {
        wrong("'" + part.substr(i, 1) + "' stands twice in \"" + part + "\"");
      } else {
        axes += part[i];
      }
    }
    if (!has(axes, '.')) return axes;
    Axes expanded;
    for (int place = dots; place > 0; --place) expanded += char('0' + place);
    return axes.replace(axes.find('.'), 1, expanded);
  }

  Operand named(Var v, const std::string& part) {
    const int letters = int(names(part, 0).size()), rank = v.shape().rank();
    const bool open = part.find("...") != std::string::npos;
    if (open ? letters > rank : letters != rank)
      shape_error("einsum", {v},
                  "\"" + part + "\" of \"" + std::string(spec_) + "\" has " + std::to_string(letters) +
                      " letters for " + std::to_string(rank) + " axes");
    dots_ = std::max(dots_, rank - letters);
    return {v, names(part, rank - letters)};
  }

  void set_result(const std::string& part) {
    out_ = names(part, dots_);
    if (dots_ > 0 && part.find("...") == std::string::npos) wrong("the result has no \"...\"");
    Axes all;
    for (const Operand& o : operands_) all += o.axes;
    for (char name : without(out_, all)) wrong(std::string("no value has '") + name + "'");
  }

  // Shared letters have one length; of axes behind "..." that broadcast, the one of length 1 goes.
  void match() {
    for (char name : shared(operands_[0].axes, operands_[1].axes)) {
      const std::int64_t n = operands_[0].length(name), m = operands_[1].length(name);
      if (n == m) continue;
      if (std::isalpha(static_cast<unsigned char>(name)) || (n != 1 && m != 1))
        shape_error("einsum", {operands_[0].v, operands_[1].v},
                    "\"" + std::string(spec_) + "\" wants one length where they have " + std::to_string(n) + " and " +
                        std::to_string(m));
      Operand& single = operands_[n == 1 ? 0 : 1];
      single = single.summed_to(without(single.axes, Axes(1, name)));
    }
  }

  // Nothing is summed over: [shared..., own..., 1...] times [shared..., 1..., own...].
  Operand elementwise(const Operand& a, const Operand& b) const {
    auto spread = [&](const Operand& o) {
      const Axes order = shared(out_, o.axes);
      Shape shape;
      for (char name : out_) shape.push_back(has(order, name) ? o.length(name) : 1);
      return reshape(o.in_order(order).v, shape);
    };
    return {spread(a) * spread(b), out_};
  }

  // One matmul over [batch, rows, inner] and [batch, inner, columns], either of them transposed if it lies so.
  Operand product(const Operand& a, const Operand& b) const {
    const Axes batch = shared(shared(out_, a.axes), b.axes);
    const Axes rows = without(shared(out_, a.axes), batch), columns = without(shared(out_, b.axes), batch);
    if (batch + columns + rows == out_ && rows != "" && columns != "") return product_of(b, a, batch, columns, rows);
    return product_of(a, b, batch, rows, columns);
  }

  Operand product_of(const Operand& a, const Operand& b, const Axes& batch, const Axes& rows,
                     const Axes& columns) const {
    const Axes inner = inner_order(a, b, batch, rows, columns);
    const bool ta = a.axes != batch + rows + inner && a.axes == batch + inner + rows;
    const bool tb = b.axes != batch + inner + columns && b.axes == batch + columns + inner;
    const Var x = flat(a, batch, ta ? inner : rows, ta ? rows : inner);
    const Var y = flat(b, batch, tb ? columns : inner, tb ? inner : columns);
    const Shape shape = a.shape_of(batch) + a.shape_of(rows) + b.shape_of(columns);
    return {reshape(matmul(x, y, ta, tb), shape), batch + rows + columns};
  }

  // The order of the letters summed over that leaves the larger operand where it lies.
  Axes inner_order(const Operand& a, const Operand& b, const Axes& batch, const Axes& rows, const Axes& columns) const {
    const Axes of_a = without(a.axes, out_), of_b = without(b.axes, out_);
    auto copied = [&](const Axes& inner) {
      std::int64_t n = 0;
      if (a.axes != batch + rows + inner && a.axes != batch + inner + rows) n += a.v.shape().numel();
      if (b.axes != batch + inner + columns && b.axes != batch + columns + inner) n += b.v.shape().numel();
      return n;
    };
    return copied(of_b) < copied(of_a) ? of_b : of_a;
  }

  // [batch, p, q] of an operand; the batch goes if there is none, for that is one product.
  Var flat(const Operand& o, const Axes& batch, const Axes& p, const Axes& q) const {
    Shape shape{o.length(p), o.length(q)};
    if (batch != "") shape = Shape{o.length(batch)} + shape;
    return reshape(o.in_order(batch + p + q).v, shape);
  }

  std::string_view spec_;
  std::string text_;
  std::vector<Operand> operands_;
  Axes out_;
  int dots_ = 0;
};

}  // namespace

Var einsum(std::string_view spec, Var a) { return Einsum(spec, {a}).make(); }
Var einsum(std::string_view spec, Var a, Var b) { return Einsum(spec, {a, b}).make(); }

}  // namespace basin
