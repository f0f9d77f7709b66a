// C43 and C44. The predictions are the arithmetic of docs/theory.md §3.14 on the sizes of each setting. Unless it says
// otherwise: d_model d = 4, H = 2 heads of width m = 2, 6 neurons (GELU), 7 tokens, 3 positions, one block, all biases.
#include <fmt/format.h>

#include <ranges>

#include "experiments/claims/claim_nets.h"
#include "interp/degeneracy/data_relations.h"
#include "interp/degeneracy/model_degeneracy.h"
#include "interp/degeneracy/planted_transformer.h"
#include "nn/transformer.h"

namespace basin::experiments {
namespace {

using interp::ModelDegeneracy;
using Theta = Parameters<double>;

struct TransformerPlan {
  nn::TransformerSpec spec{};
  std::function<void(Theta&, Rng)> plant{};
  std::function<void(Tensor<double>& tokens)> visit{};  // which tokens the data have
  std::int64_t unexplained = 0;                         // directions that no rule of the bound knows
};
using TransformerSetting = SettingOf<TransformerPlan>;

constexpr std::int64_t d = 4, H = 2, m = 2, M = 6, V = 7, P = 3;
constexpr std::int64_t heads = 2 * H * m * m, values = H * m, keys = H * m;
constexpr std::int64_t generic = d * d + heads + keys + values + 4 * d;  // no ReLUs
constexpr const char* generic_text = "d^2 + 2 H m^2 + H m (key biases) + H m (value biases) + 4 d";

nn::TransformerSpec sized(nn::Activation activation = nn::Activation::gelu) {
  return {.d_model = d,
          .n_heads = H,
          .d_head = m,
          .d_mlp = M,
          .d_vocab = V,
          .d_vocab_out = V,
          .n_ctx = P,
          .activation = activation};
}

template <class Change>
nn::TransformerSpec changed(const Change& change, nn::Activation activation = nn::Activation::gelu) {
  nn::TransformerSpec spec = sized(activation);
  change(spec);
  return spec;
}

// No two neurons fire on the same tokens, as in general position they do not; of finitely many tokens some two may.
bool fire_apart(const interp::ModelPoint& point, const Inputs& data) {
  const std::vector<std::int64_t> block = interp::data_relations(point, data).relus.front().block;
  return std::ranges::equal(block, std::views::iota(std::int64_t{0}, std::ssize(block)));
}

bool relus(const TransformerPlan& plan) { return plan.spec.activation == nn::Activation::relu; }
constexpr const char* apart = ", drawn with neurons that fire apart";

void draw(interp::ModelPoint& point, const Inputs& data, bool centred, const Rng& rng) {
  for (int again = 0; again < 10; ++again) {
    interp::draw_generic(point.parameters, rng.stream(again == 0 ? "theta" : fmt::format("theta {}", again)), 0.8);
    if (!centred) return;
    interp::center_neurons(point, data, "blocks.0.");
    if (fire_apart(point, data)) return;
  }
}

ModelDegeneracy measured(const TransformerPlan& plan, const Rng& rng) {
  interp::ModelPoint point{nn::transformer(plan.spec)};
  point.parameters = Theta(parameters_of(point));
  Tensor<double> tokens({120, plan.spec.n_ctx});
  Rng any = rng.stream("tokens");
  for (double& v : tokens.data) v = double(any.next_u64() % std::uint64_t(plan.spec.d_vocab));
  if (plan.visit) plan.visit(tokens);
  const Inputs data{{"tokens", tokens}};
  draw(point, data, relus(plan), rng);
  if (plan.plant) plan.plant(point.parameters, rng.stream("plant"));
  return interp::model_degeneracy(point, data);
}

void expect_all(ClaimTable& table, const ClaimSettings& settings, const std::string& id,
                const std::vector<TransformerSetting>& list) {
  std::int64_t nets = 0, above = 0, left = 0, known = 0;
  for (const TransformerSetting& setting : list) {
    const Rng rng(settings.seed, "claims/" + id + "/" + setting.title);
    const auto draw = [&](std::int64_t i, int again) {
      return measured(setting.plan, rng.stream(draw_name(i, again)));
    };
    const auto gap = [](const ModelDegeneracy& found) { return found.jacobian.gap; };
    const std::vector<ModelDegeneracy> found = clear_draws(settings.nets, settings.threads, draw, gap);
    nets += std::ssize(found), known += std::ssize(found) * setting.plan.unexplained;
    for (const ModelDegeneracy& one : found) {
      above += one.bound().at_tolerance > one.free_directions() || one.bound().at_rounding > one.free().at_rounding;
      left += one.unexplained();
    }
    expect_common(table, settings, setting.title, setting.predicted,
                  counts_of(found, &ModelDegeneracy::free_directions, gap),
                  fmt::format("arithmetic: {}, on planted sizes; measured: N - rank J of {} random transformers{}",
                              setting.arithmetic, found.size(), relus(setting.plan) ? apart : ""));
  }
  table.expect("transformers whose bound is above the truth", 0, above)
      .because(fmt::format("theorem: restricted to directions J has no more small singular values; measured: the moves "
                           "read off the graph against N - rank J, of {} transformers at both readings",
                           nets));
  table.expect("free directions that no rule explains", known, left)
      .because(fmt::format("arithmetic: k (2 d - k) for k neurons that always fire, else none; measured: N - rank J "
                           "less the bound, over {} "
                           "transformers",
                           nets));
}

void generic_transformers(ClaimTable& table, const ClaimSettings& settings) {
  using Spec = nn::TransformerSpec;
  const auto relu = nn::Activation::relu;
  const std::int64_t seen = d - 1, unread = V + P + H * m + 1 + M + 1;  // behind norms; what writes into the mean
  std::vector<TransformerSetting> all;
  const auto add = [&](const std::string& title, const Spec& spec, std::int64_t predicted, const std::string& text) {
    all.push_back({title, {spec}, predicted, text});
  };
  add("no ReLUs: of 213", sized(), generic, generic_text);
  add("ReLUs: of 213", sized(relu), generic + M, std::string(generic_text) + " + d_mlp");
  add("ReLUs, no unembedding bias: of 206", changed([](Spec& s) { s.b_U = false; }, relu), generic + M - d,
      "as above less d: a shift of everything is seen");
  add("no biases", changed([](Spec& s) { s.b_Q = s.b_K = s.b_V = s.b_O = s.b_in = s.b_out = s.b_U = false; }),
      d * d + heads + d, "d^2 + 2 H m^2 + d: tokens against positions");
  add("attention only", changed([](Spec& s) { s.attention_only = true; }), generic - d,
      std::string(generic_text) + " - d");
  add("last position alone, attention both ways", changed([](Spec& s) { s.last_position = true, s.causal = false; }),
      generic, generic_text);
  add("MLP beside attention", changed([](Spec& s) { s.parallel_attention = true; }), generic, generic_text);
  add("two blocks", changed([](Spec& s) { s.n_layers = 2; }), generic + heads + keys + values + 2 * d,
      std::string(generic_text) + ", and 2 H m^2 + 2 H m + 2 d for the second");
  add("4 heads, H m > d", changed([](Spec& s) { s.n_heads = 4; }), d * d + 2 * (heads + keys + values) + 4 * d,
      generic_text);
  add("layer norms without gain", changed([](Spec& s) { s.layer_norm = nn::LayerNorm::pre; }),
      seen * (seen - 1) / 2 + unread + heads + keys + values + seen + 3 * H * m + M + V,
      "rotations of d - 1 + what writes into the mean + 2 H m^2 + 2 H m + d - 1 + one weight for each number that "
      "reads");
  add("layer norms", changed([](Spec& s) { s.layer_norm = nn::LayerNorm::full; }),
      seen * (seen - 1) / 2 + unread + heads + keys + values + seen + 3 * 2 * d + 3 * H * m + M + V,
      "the same + 2 d for each norm's gain and shift");
  expect_all(table, settings, "C43", all);
}

void planted_transformers(ClaimTable& table, const ClaimSettings& settings) {
  using Spec = nn::TransformerSpec;
  const auto relu = nn::Activation::relu;
  const std::string at = "blocks.0.", second = "blocks.1.";
  std::vector<TransformerSetting> all;
  const auto add = [&](const std::string& title, const TransformerPlan& plan, std::int64_t predicted,
                       const std::string& text) {
    all.push_back({title, plan, predicted, text});
  };
  add("two heads attend alike", {sized(), [=](Theta& t, Rng r) { interp::tie_heads(t, at, 0, 1, r); }},
      generic - H * m * m + (H * m) * (H * m), "(H m)^2 for H m^2 of values and outputs");
  add("two of three heads attend alike, in the second block",
      {changed([](Spec& s) { s.n_layers = 2, s.n_heads = 3; }),
       [=](Theta& t, Rng r) { interp::tie_heads(t, second, 0, 2, r); }},
      d * d + 2 * (2 * 3 * m * m + 2 * 3 * m) + 6 * d + 2 * m * m, "2 m^2 more than generic");
  add("one dead neuron", {sized(relu), [=](Theta& t, Rng) { interp::silence_neurons(t, at, 0, 1); }},
      generic + M - 1 + 2 * d + 1, "2 d + 1 weights for one rescaling");
  add("two neurons that always fire",
      {sized(relu), [=](Theta& t, Rng) { interp::keep_on(t, at, 0, 2); }, {}, 2 * (2 * d - 2)},
      generic + M - 2 + 2 * 3 + 2 * (2 * d - 2),
      "k (k + 1) for k, and k (2 d - k): with a skip connection they are a linear map between two bases");
  add("two neurons that fire together", {sized(relu), [=](Theta& t, Rng) { interp::synchronise(t, at, 0, 1, 1.5); }},
      generic + M - 2 + d + 2, "d + 2 for two, whose activations are proportional");
  add("one unread direction, d = 5",
      {changed([](Spec& s) { s.d_model = 5; }), [](Theta& t, Rng r) { interp::leave_unread(t, 1, r); }},
      5 * 4 + heads + keys + values + 4 * 4 + V + P + H * m + 1 + M + 1,
      "(d - 1) d + 2 H m^2 + 2 H m + 4 (d - 1), and all that is written into the direction");
  add("embeddings in 3 of 5 dimensions",
      {changed([](Spec& s) { s.d_model = 5; }), [](Theta& t, Rng r) { interp::embed_low(t, 2, r); }},
      25 + heads + keys + values + 20 + 2 * 3 * H * m, "3 H m weights for each missing dimension");
  add("two tokens that are never met",
      {sized(),
       {},
       [](Tensor<double>& t) {
         for (double& v : t.data) v = std::min(v, 4.0);
       }},
      generic + 2 * d, "d for each token");
  add("one token always and only at the end",
      {sized(),
       {},
       [](Tensor<double>& t) {
         for (std::int64_t i = 0; i < t.size(); ++i)
           t[i] = i % P == P - 1 ? double(V - 1) : std::min(t[i], double(V - 2));
       }},
      generic + d, "d: the token and its position say the same");
  expect_all(table, settings, "C44", all);
}

const ClaimEntry c43{"C43",
                     "transformers have the free directions of their products, bases and biases",
                     {.net = 0.64},
                     generic_transformers};
const ClaimEntry c44{"C44",
                     "heads, neurons, directions and tokens planted in transformers are counted",
                     {.net = 0.65},
                     planted_transformers};

}  // namespace
}  // namespace basin::experiments
