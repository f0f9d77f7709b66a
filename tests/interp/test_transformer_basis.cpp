// Constants, bases and edges of transformers: against plain loops, and closed forms against reverse sweeps.
#include <doctest/doctest.h>

#include "autodiff/ops.h"
#include "interp/edges/edges.h"
#include "interp/edges/masked_section.h"
#include "nn/transformer.h"
#include "tests/interp/basis_cases.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::interp;

namespace {

nn::TransformerSpec small_spec() {
  return {
      .n_layers = 2, .d_model = 6, .n_heads = 2, .d_head = 3, .d_mlp = 8, .d_vocab = 7, .d_vocab_out = 5, .n_ctx = 4};
}

// Biases are drawn too: folding is about them.
ModelPoint drawn(const nn::TransformerSpec& spec, std::uint64_t seed) {
  ModelPoint point{nn::transformer(spec), Parameters<double>(parameters_of(nn::transformer(spec)))};
  point.parameters.start(seed);
  Rng rng(seed, "test/biases");
  for (const auto& s : point.parameters.slices())
    if (s.name.find(".b") != std::string::npos) rng.fill_normal(point.parameters[s.name], 0.3);
  return point;
}

Inputs some_tokens(std::int64_t rows) {
  Tensor<double> tokens({rows, 4});
  Rng rng(3, "test/tokens");
  for (double& v : tokens.data) v = double(rng.next_u32() % 7);
  return {{"tokens", tokens}};
}

std::vector<NodeLayer> all_layers(const nn::TransformerSpec& spec) {
  std::vector<NodeLayer> layers;
  for (int l = 0; l < 2; ++l) {
    const std::string block = "blocks." + std::to_string(l) + ".hook_";
    layers.push_back({"pre" + std::to_string(l), block + "resid_pre"});
    if (!spec.attention_only) layers.push_back({"mid" + std::to_string(l), block + "resid_mid"});
  }
  layers.push_back({"end", "blocks.1.hook_resid_post"});
  layers.push_back({"logits", "logits"});
  return layers;
}

double relative(const Matrix& a, const Matrix& b) {
  double size = 0;
  for (const double v : b.data) size = std::max(size, std::abs(v));
  return largest_difference(a, b) / size;
}

// y[j] = sum_i x[i] W[i, j] + c b[j]
std::vector<double> affine(std::span<const double> x, std::span<const double> W, std::span<const double> b, double c) {
  std::vector<double> y(b.size());
  for (std::size_t j = 0; j < y.size(); ++j) {
    y[j] = c * b[j];
    for (std::size_t i = 0; i < x.size(); ++i) y[j] += x[i] * W[i * b.size() + j];
  }
  return y;
}

// One sample through attention of block 0, with a constant for each position: [position][d_model] and its constants.
struct Stream {
  std::vector<std::vector<double>> f;
  std::vector<double> c;
};
Stream attention_by_hand(const ModelPoint& model, const Stream& in, bool causal) {
  const auto& p = model.parameters;
  const std::size_t T = in.f.size(), d = 6, m = 3;
  Stream out = in;
  for (std::size_t h = 0; h < 2; ++h) {
    const auto of = [&](const char* name, std::size_t size) {
      return p[std::string("blocks.0.attn.") + name].subspan(h * size, size);
    };
    std::vector<std::vector<double>> q, k, v;
    for (std::size_t t = 0; t < T; ++t) {
      q.push_back(affine(in.f[t], of("W_Q", d * m), of("b_Q", m), in.c[t]));
      k.push_back(affine(in.f[t], of("W_K", d * m), of("b_K", m), in.c[t]));
      v.push_back(affine(in.f[t], of("W_V", d * m), of("b_V", m), in.c[t]));
    }
    for (std::size_t t = 0; t < T; ++t) {
      std::vector<double> A(T), z(m);
      double total = 0, constant = 0;
      for (std::size_t s = 0; s < (causal ? t + 1 : T); ++s) {
        double score = 0;
        for (std::size_t i = 0; i < m; ++i) score += q[t][i] * k[s][i] / std::sqrt(3.0);
        total += A[s] = std::exp(score);
      }
      for (std::size_t s = 0; s < T; ++s) {
        constant += A[s] / total * in.c[s];
        for (std::size_t i = 0; i < m; ++i) z[i] += A[s] / total * v[s][i];
      }
      const std::vector<double> added = affine(z, of("W_O", m * d), p["blocks.0.attn.b_O"], constant / 2);
      for (std::size_t i = 0; i < d; ++i) out.f[t][i] += added[i];
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a constant goes through attention as a neuron that is always 1 would") {
  for (const bool causal : {true, false}) {
    nn::TransformerSpec spec = small_spec();
    spec.causal = causal;
    const ModelPoint point = drawn(spec, 1);
    const FoldedModel model(
        point, {{"pre", "blocks.0.hook_resid_pre"}, {"mid", "blocks.0.hook_resid_mid"}, {"out", "logits"}});
    Graph graph;
    point.trace(graph, 1);
    const Var x = graph.anonymous_input({1, 4, 7}), next = model.section(graph, 0, x);
    Program<double> program(graph, {.fetch = {next}}, point.parameters.bindings(graph));
    Rng(5, "test/x").fill_normal(program.input(x));
    Stream in;
    for (std::size_t t = 0; t < 4; ++t) {
      const auto row = program.input(x).subspan(t * 7, 7);
      in.f.emplace_back(row.begin(), row.begin() + 6);
      in.c.push_back(row[6]);
    }
    program.run();
    const Stream out = attention_by_hand(point, in, causal);
    for (std::size_t t = 0; t < 4; ++t) {
      for (std::size_t i = 0; i < 6; ++i)
        CHECK(program.view(next)[t * 7 + i] == doctest::Approx(out.f[t][i]).epsilon(1e-11));
      CHECK(program.view(next)[t * 7 + 6] == in.c[t]);
    }
  }
}

TEST_CASE("a transformer with constants carried along computes what it computed") {
  for (const auto norm : {nn::LayerNorm::none, nn::LayerNorm::pre, nn::LayerNorm::full})
    for (const bool last : {false, true})
      for (const auto act : {nn::Activation::relu, nn::Activation::gelu, nn::Activation::gelu_tanh}) {
        nn::TransformerSpec spec = small_spec();
        spec.layer_norm = norm, spec.last_position = last, spec.activation = act;
        const FoldedModel model(drawn(spec, 2), all_layers(spec));
        SweepSpec both;
        both.derive = [&](Graph& graph) {
          std::vector<Var> values;
          for (std::int64_t l = 0; l < model.sections(); ++l) {
            values.push_back(model.section(graph, l, model.node(graph, l)));
            values.push_back(model.node(graph, l + 1));
          }
          values.push_back(model.through(graph, 0, model.node(graph, 0)));
          values.push_back(model.value(graph, model.sections()));
          return values;
        };
        sweep(model.model(), some_tokens(9), both, {}, [&](const Chunk& chunk) {
          for (std::size_t i = 0; i < chunk.values.size(); i += 2)
            CHECK(largest_difference(chunk.values[i], chunk.values[i + 1]) < 1e-11);
        });
      }
}

TEST_CASE("closed forms of attention and of perceptrons on a stream agree with reverse sweeps") {
  for (const int variant : {0, 1, 2, 3}) {
    CAPTURE(variant);
    nn::TransformerSpec spec = small_spec();
    if (variant == 1) spec.causal = false;
    if (variant == 2) spec.last_position = true, spec.activation = nn::Activation::gelu;
    if (variant == 3) spec.attention_only = true, spec.b_Q = spec.b_V = spec.b_O = false;
    const FoldedModel model(drawn(spec, 4), all_layers(spec));
    for (std::int64_t l = 0; l < model.sections(); ++l) CHECK((model.attention(l) || model.dense(l)));
    const Inputs inputs = some_tokens(40);
    for (const bool center : {true, false}) {
      const std::vector<Basis> fast = interaction_bases(model, inputs, {.center = center, .sweep = {.threads = 2}});
      const std::vector<Basis> slow = interaction_bases(model, inputs, {.center = center, .by_engine = true});
      const std::vector<Matrix> E = interaction_edges(model, fast, inputs, {.sweep = {.chunk = 7}}),
                                by_engine = interaction_edges(model, fast, inputs, {.by_engine = true});
      for (std::int64_t l = 0; l < model.sections(); ++l) {
        CAPTURE(l);
        CHECK(relative(fast[l].M, slow[l].M) < 1e-10);
        CHECK(relative(E[l], by_engine[l]) < 1e-10);
      }
    }
  }
}

TEST_CASE("with normalisation there is no closed form, and the engine's sums do not depend on chunks or threads") {
  nn::TransformerSpec spec = small_spec();
  spec.layer_norm = nn::LayerNorm::pre;
  const FoldedModel model(drawn(spec, 6), all_layers(spec));
  for (std::int64_t l = 0; l + 1 < model.sections(); ++l) CHECK_FALSE((model.attention(l) || model.dense(l)));
  const Inputs inputs = some_tokens(30);
  const std::vector<Basis> bases = interaction_bases(model, inputs, {});
  const std::vector<Matrix> E = interaction_edges(model, bases, inputs),
                            other = interaction_edges(model, bases, inputs, {.sweep = {.chunk = 11, .threads = 3}});
  for (std::size_t l = 0; l < E.size(); ++l) CHECK(relative(other[l], E[l]) < 1e-12);
}

TEST_CASE("the scale of a layer norm stays by itself, and behind it gradients are those of the scale as a value") {
  nn::TransformerSpec spec = small_spec();
  spec.layer_norm = nn::LayerNorm::full;
  const FoldedModel model(drawn(spec, 11), {{"pre", "blocks.0.hook_resid_pre"},
                                            {"ln1", "blocks.0.hook_resid_pre", {}, "blocks.0.ln1.hook_scale"},
                                            {"ln2", "blocks.0.hook_resid_mid", {}, "blocks.0.ln2.hook_scale"},
                                            {"logits", "logits"}});
  CHECK(model.width(1) == 8);
  const Inputs inputs = some_tokens(50);
  SweepSpec both;
  both.derive = [&](Graph& graph) {
    std::vector<Var> values;
    for (std::int64_t l = 0; l < 3; ++l) {
      values.push_back(model.section(graph, l, model.node(graph, l)));
      values.push_back(model.node(graph, l + 1));
    }
    return values;
  };
  sweep(model.model(), inputs, both, {}, [&](const Chunk& chunk) {
    for (std::size_t i = 0; i < chunk.values.size(); i += 2)
      CHECK(largest_difference(chunk.values[i], chunk.values[i + 1]) < 1e-12);
  });
  for (const bool center : {true, false})
    for (const BasisKind kind : {BasisKind::lib, BasisKind::pca}) {
      const std::vector<Basis> bases = interaction_bases(model, inputs, {.kind = kind, .center = center});
      CHECK(bases[0].apart == -1);
      for (const std::size_t l : {1, 2}) {
        const Basis& b = bases[l];
        CHECK(b.constant == (center ? 0 : -1));
        CHECK(b.apart == (center ? 1 : 0));
        for (std::int64_t j = 0; j < b.features(); ++j) {
          if (j == b.apart) continue;
          CHECK(b.C(0, j) == 0);  // no other feature sees the scale
          if (j != b.constant) CHECK(b.C_pinv(j, 0) == 0);
        }
        for (std::int64_t i = 1; i + 1 < b.C.rows(); ++i) CHECK(b.C(i, b.apart) == 0);
        CHECK(off(matmul(b.C_pinv, b.C), identity(b.features())) < 1e-9);
      }
    }
}

TEST_CASE("random mixtures of positions are on average the squared edges") {
  const nn::TransformerSpec spec = small_spec();
  const FoldedModel model(drawn(spec, 7), all_layers(spec));
  const Inputs inputs = some_tokens(300);
  const std::vector<Basis> bases = interaction_bases(model, inputs, {});
  const std::vector<Matrix> exact = interaction_edges(model, bases, inputs);
  double before = 1;
  for (const std::int64_t sources : {1, 16}) {
    const Matrix few = interaction_edges(model, bases, inputs, {.sources = sources, .seed = 3})[0];
    const double off = relative(few, exact[0]);
    CHECK(off > 1e-6);
    CHECK(off < before / 2);
    before = off;
  }
}

TEST_CASE("masked attention and masked perceptrons on a stream are runs of the section with features cut off") {
  for (const int variant : {0, 1, 2}) {
    CAPTURE(variant);
    nn::TransformerSpec spec = small_spec();
    spec.causal = variant != 1, spec.last_position = variant == 2;
    const FoldedModel model(drawn(spec, 8), all_layers(spec));
    const std::vector<Basis> bases = interaction_bases(model, some_tokens(60), {});
    for (std::int64_t l = 0; l < model.sections(); ++l) {
      CAPTURE(l);
      const Basis &from = bases[l], &to = bases[l + 1];
      const Matrix features = normal_rows(5 * model.positions(l), from.features(), 9);
      Matrix mask({to.features(), from.features()});
      Rng rng(10, "test/mask");
      for (std::int64_t i = 0; i < mask.rows(); ++i)
        for (double& v : mask.row(i))
          v = i % 3 == 2 ? mask(i - 1, &v - mask.row(i).data()) : rng.uniform() < 0.3 + i % 2 * 0.5;
      const Matrix fast = MaskedSection(model, l, from.C_pinv, to.C).run(features, mask);
      Graph graph;
      model.model().trace(graph, 5);
      const Var in = graph.anonymous_input(with_last(model.value(graph, l).shape(), from.features()));
      const Var out = matmul(model.section(graph, l, matmul(in, graph.constant(from.C_pinv))), graph.constant(to.C));
      Program<double> program(graph, {.fetch = {out}}, model.model().parameters.bindings(graph));
      Matrix slow(fast.shape);
      for (std::int64_t i = 0; i < mask.rows(); ++i) {
        const std::span<double> seen = program.input(in);
        for (std::size_t k = 0; k < seen.size(); ++k)
          seen[k] = features[std::int64_t(k)] * mask(i, std::int64_t(k) % mask.cols());
        program.run();
        for (std::int64_t x = 0; x < slow.rows(); ++x) slow(x, i) = program.view(out)[x * slow.cols() + i];
      }
      CHECK(relative(fast, slow) < 1e-12);
    }
  }
}

TEST_CASE("where a node layer has one position, mixtures of positions are the squared edges to the bit") {
  nn::TransformerSpec spec = small_spec();
  spec.last_position = true;
  const FoldedModel model(drawn(spec, 12), all_layers(spec));
  const Inputs inputs = some_tokens(40);
  const std::vector<Basis> bases = interaction_bases(model, inputs, {});
  const std::vector<Matrix> exact = interaction_edges(model, bases, inputs),
                            mixed = interaction_edges(model, bases, inputs, {.sources = 3, .seed = 1});
  for (std::int64_t l = 0; l < model.sections(); ++l) {
    CAPTURE(l);
    CHECK((mixed[l].data == exact[l].data) == (model.positions(l + 1) == 1));
  }
}
