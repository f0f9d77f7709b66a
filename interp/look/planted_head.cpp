#include "interp/look/planted_head.h"

#include <fmt/format.h>

#include <cmath>

#include "autodiff/attention.h"
#include "autodiff/ops.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/rng.h"

namespace basin::interp {
namespace {

constexpr std::int64_t positions = 3, heads = 2;

// Where things lie in the stream before it is turned.
struct Layout {
  std::int64_t contents;

  std::int64_t selector(std::int64_t i) const { return contents + i; }
  std::int64_t position(std::int64_t i) const { return contents + 2 + i; }
  std::int64_t output(std::int64_t c) const { return contents + 2 + positions + c; }
  std::int64_t unread(std::int64_t c) const { return output(contents) + c; }
  std::int64_t width() const { return unread(contents); }
};

struct HeadWeights {
  Matrix W_E, W_pos, W_U;             // [tokens, d], [positions, d], [d, contents]
  std::vector<Matrix> W_Q, W_K, W_V;  // of each head, [d, d_head]
  std::vector<Matrix> W_O;            // [d_head, d]
};

HeadWeights weights_of(const Layout& at, double strength) {
  const std::int64_t d = at.width(), d_head = at.contents;
  HeadWeights w{Matrix({at.contents + 2, d}), Matrix({positions, d}), Matrix({d, at.contents}), {}, {}, {}, {}};
  for (auto* list : {&w.W_Q, &w.W_K, &w.W_V}) list->assign(heads, Matrix({d, d_head}));
  w.W_O.assign(heads, Matrix({d_head, d}));
  for (std::int64_t c = 0; c < at.contents; ++c) {
    w.W_E(c, c) = w.W_U(at.output(c), c) = 1;
    for (auto& W_V : w.W_V) W_V(c, c) = 1;
    w.W_O[0](c, at.output(c)) = w.W_O[1](c, at.unread(c)) = 1;
  }
  for (std::int64_t i = 0; i < positions; ++i) w.W_pos(i, at.position(i)) = 1;
  const double score = strength * std::sqrt(double(d_head));
  for (std::int64_t i = 0; i < 2; ++i) {
    w.W_E(at.selector(i), at.selector(i)) = 1;
    w.W_Q[0](at.selector(i), i) = score;
    w.W_K[0](at.position(i), i) = 1;
    w.W_Q[1](at.selector(i), 0) = score;
  }
  w.W_K[1](at.position(0), 0) = 1;
  return w;
}

// One below the other, as a tensor [head, …].
Tensor<double> stacked(const std::vector<Matrix>& all) {
  Tensor<double> t{Shape{std::int64_t(all.size())} + all[0].shape};
  for (std::size_t i = 0; i < all.size(); ++i)
    std::ranges::copy(all[i].data, t.data.begin() + std::int64_t(i) * all[i].size());
  return t;
}

// Everything that is written to the stream is turned by R, and what is read is turned back.
std::vector<NamedTensor> turned(const HeadWeights& w, const Matrix& R) {
  const auto read = [&](std::vector<Matrix> all) {
    for (Matrix& m : all) m = matmul(R, m, true);
    return stacked(all);
  };
  std::vector<Matrix> written = w.W_O;
  for (Matrix& m : written) m = matmul(m, R);
  return {{"embed.W_E", matmul(w.W_E, R)},        {"pos_embed.W_pos", matmul(w.W_pos, R)},
          {"blocks.0.attn.W_Q", read(w.W_Q)},     {"blocks.0.attn.W_K", read(w.W_K)},
          {"blocks.0.attn.W_V", read(w.W_V)},     {"blocks.0.attn.W_O", stacked(written)},
          {"unembed.W_U", matmul(R, w.W_U, true)}};
}

ModelPoint network(const Layout& at, const std::vector<NamedTensor>& weights) {
  const auto trace = [contents = at.contents, d = at.width()](Graph& g, std::int64_t rows) {
    const Var tokens = g.input("tokens", {rows, positions});
    const Var embed = g.name(take_rows(g.parameter("embed.W_E", {contents + 2, d}), tokens), "hook_embed");
    const Var places = g.parameter("pos_embed.W_pos", {positions, d});
    const Var pos_embed = g.name(expand(places, embed.shape()), "hook_pos_embed");
    const Var stream = g.name(embed + pos_embed, "blocks.0.hook_resid_pre");
    const Var last = slice(stream, -2, positions - 1, positions);
    const Var out = trace_attention(
        last, stream,
        {.n_heads = heads, .d_head = contents, .causal = true, .b_Q = false, .b_K = false, .b_V = false, .b_O = false});
    const Var resid_post = g.name(last + out, "blocks.0.hook_resid_post");
    const Var logits = matmul(resid_post, g.parameter("unembed.W_U", {d, contents}));
    return Ends{g.name(reshape(logits, {rows, contents}), "logits"), {}};
  };
  return {{trace}, parameters_from(weights)};
}

std::vector<HeadSite> all_sites() {
  std::vector<HeadSite> sites;
  for (const std::string letter : {"q", "k", "v", "z"})
    for (std::int64_t position = 0; position < (letter == "q" || letter == "z" ? 1 : positions); ++position)
      for (std::int64_t head = 0; head < heads; ++head) {
        const bool first = position == 0 && head == 0;
        sites.push_back({"blocks.0.attn.hook_" + letter, position, head, first && (letter == "v" || letter == "z"),
                         first && (letter == "q" || letter == "z")});
      }
  return sites;
}

Inputs tokens(std::int64_t first, std::int64_t second, std::int64_t selector) {
  return {{"tokens", Tensor<double>({1, positions}, {double(first), double(second), double(selector)})}};
}

}  // namespace

PlantedHead planted_head(double strength, std::int64_t contents, std::uint64_t seed) {
  if (contents < 3 || !std::isfinite(strength))
    throw UsageError(fmt::format(
        "planted head: {} contents and strength {} given, wanted 3 or more and a finite number", contents, strength));
  const Layout at{contents};
  Rng rng(seed, "planted head");
  Matrix R = normal_matrix(at.width(), at.width(), rng);
  orthonormalise(R);
  const double all = std::exp(strength) + 2;
  return {network(at, turned(weights_of(at, strength), R)),
          tokens(0, 1, contents),
          tokens(2, 1, contents),
          tokens(0, 1, contents + 1),
          [](Graph& g) { return entry_of("logits", 0)(g) - entry_of("logits", 1)(g); },
          all_sites(),
          std::exp(strength) / all,
          1 / all};
}

}  // namespace basin::interp
