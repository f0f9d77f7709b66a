#include "interp/degeneracy/transformer_count.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "interp/degeneracy/attention.h"

namespace basin::interp {
namespace {

using Block = TransformerShape::Block;
using Norm = TransformerShape::Norm;

std::int64_t sum(const std::vector<std::int64_t>& all) {
  return std::accumulate(all.begin(), all.end(), std::int64_t(0));
}

// Constants that parameters add to the residual stream, in the order of the layers: how many numbers they have, less
// those that what comes later does not let pass. Generic maps: a constant in `reach` dimensions meets a condition of
// rank r in min(reach, r).
class Constants {
 public:
  explicit Constants(std::int64_t dimensions) : dimensions_(dimensions) {}
  void add(std::int64_t numbers) {
    free_ += numbers;
    reach_ = std::min(dimensions_, reach_ + numbers);
  }
  void must_vanish(std::int64_t rank) {
    const std::int64_t met = std::min(reach_, rank);
    free_ -= met, reach_ -= met;
  }
  std::int64_t free() const { return free_; }

 private:
  std::int64_t dimensions_, reach_ = 0, free_ = 0;
};

class ClosedForm {
 public:
  explicit ClosedForm(const TransformerShape& shape)
      : s_(shape),
        seen_(shape.d_model - (shape.norm == Norm::none ? shape.unread : 1)),
        first_(shape.embedded > 0 ? shape.embedded : shape.d_model) {}

  std::int64_t all() const {
    std::int64_t total = (s_.tokens - s_.used) * s_.d_model + stream() + constants();
    for (std::size_t l = 0; l < s_.blocks.size(); ++l) total += heads(l) + neurons(s_.blocks[l]);
    if (s_.norm != Norm::none) total += behind_norms();
    return total;
  }

 private:
  std::int64_t width(const Block& b) const { return sum(b.sharing) * s_.d_head; }
  std::int64_t alive(const Block& b) const { return s_.mlp ? sum(b.firing) + b.always_on : 0; }
  bool full() const { return s_.norm == Norm::full; }
  std::int64_t input(std::size_t l) const { return l == 0 ? std::min(first_, input_seen()) : input_seen(); }
  std::int64_t input_seen() const { return s_.norm == Norm::none ? s_.d_model : seen_; }

  // Changes of its basis; and what writes into directions that nobody reads, of which the mean before norms is one.
  std::int64_t stream() const {
    std::int64_t writers = s_.used + s_.positions;
    for (const Block& b : s_.blocks) writers += width(b) + s_.b_O + alive(b) + (s_.mlp && s_.b_out);
    const std::int64_t bases = s_.norm == Norm::none ? seen_ * s_.d_model : seen_ * (seen_ - 1) / 2;
    return bases + (s_.d_model - seen_) * writers;
  }

  std::int64_t heads(std::size_t l) const {
    const Block& b = s_.blocks[l];
    const std::int64_t in = input(l), unused = input_seen() - in;
    const bool query = s_.b_Q || full(), key = s_.b_K || full();
    std::int64_t total = key ? width(b) : 0;
    for (const std::int64_t h : b.sharing)
      total += h * product_freedom(in + query, s_.d_head, in) + product_freedom(in, h * s_.d_head, seen_);
    return total + unused * (3 * width(b) + (s_.mlp && s_.parallel ? alive(b) : 0));
  }

  std::int64_t neurons(const Block& b) const {
    if (!s_.mlp) return 0;
    std::int64_t total = b.dead * (2 * s_.d_model + s_.b_in);
    if (s_.relu) total += b.always_on * (b.always_on + (s_.norm == Norm::none ? 2 * s_.d_model - b.always_on : 0));
    for (const std::int64_t k : b.firing) total += s_.relu ? k * k : 0;
    return total;
  }

  // Readers see no mean. Gain and shift are undone by what reads them, and repeat its biases.
  std::int64_t behind_norms() const {
    std::int64_t total = full() ? 2 * s_.d_model : 0;
    total += full() ? s_.b_U * s_.d_vocab_out : s_.d_vocab_out;
    for (const Block& b : s_.blocks) {
      if (full()) total += (s_.mlp ? 4 : 2) * s_.d_model;
      total += width(b) * (full() ? s_.b_Q + s_.b_K + s_.b_V : 3);
      total += alive(b) * (full() ? s_.b_in : 1);
    }
    return total;
  }

  std::int64_t constants() const {
    Constants c(seen_);
    c.add(seen_), c.add(seen_);  // all tokens, all positions
    for (const Block& b : s_.blocks) add_block(c, b);
    read(c, s_.b_U, s_.d_vocab_out);
    return c.free();
  }

  // What reads the stream takes constants back if it has a bias; a layer norm lets none pass.
  void read(Constants& c, bool bias, std::int64_t rank) const {
    if (s_.norm != Norm::none)
      c.must_vanish(seen_);
    else if (!bias)
      c.must_vanish(rank);
  }

  void add_block(Constants& c, const Block& b) const {
    const auto mlp_reads = [&] { read(c, s_.b_in, s_.relu ? sum(b.firing) : alive(b)); };
    read(c, s_.b_Q, width(b));
    if (s_.mlp && s_.parallel) mlp_reads();
    if (s_.b_V || full()) c.add(width(b));
    if (s_.b_O) c.add(seen_);
    if (!s_.mlp) return;
    if (!s_.parallel) mlp_reads();
    if (s_.relu && (s_.b_in || full())) c.add(b.always_on);
    if (s_.b_out) c.add(seen_);
  }

  const TransformerShape& s_;
  std::int64_t seen_;   // directions of the stream that are read
  std::int64_t first_;  // those that the embedding fills
};

void validate(const TransformerShape& s) {
  const bool sizes = s.d_model > 0 && s.d_head > 0 && s.d_vocab_out > 0 && s.positions > 0;
  if (!sizes || s.used > s.tokens || s.embedded > s.d_model || s.unread >= s.d_model)
    throw UsageError(
        fmt::format("transformer_free_directions: d_model {}, d_head {}, d_vocab_out {}, positions {}, {} of {} "
                    "tokens, embedded {}, "
                    "unread {} given; wanted sizes of 1 or more, used <= tokens, embedded <= d_model, unread < d_model",
                    s.d_model, s.d_head, s.d_vocab_out, s.positions, s.used, s.tokens, s.embedded, s.unread));
  if (s.norm != Norm::none && (s.embedded > 0 || s.unread > 0))
    throw UsageError(
        "transformer_free_directions: low-rank embeddings and unread directions are counted without norms");
}

}  // namespace

std::int64_t transformer_free_directions(const TransformerShape& shape) {
  validate(shape);
  return ClosedForm(shape).all();
}

}  // namespace basin::interp
