// Interaction bases and edges of the published transformers of modular addition. Their files are not part of the
// project: BASIN_REFERENCE names the folder that holds modadd_seed*_weights.npz and what was found with them.
#include <doctest/doctest.h>

#include <cstdlib>

#include "core/lapack.h"
#include "core/npz.h"
#include "interp/edges/ablation.h"
#include "interp/edges/edges.h"
#include "nn/import.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::interp;

namespace {

using Arrays = std::map<std::string, Tensor<double>>;

const char* reference() {
  const char* folder = std::getenv("BASIN_REFERENCE");
  if (!folder) MESSAGE("skipped: BASIN_REFERENCE names no folder with the published networks");
  return folder;
}

ModelPoint published(const std::string& path) {
  nn::ImportedTransformer net = nn::import_transformer(path, {.last_position = true});
  return {net.model, std::move(net.parameters)};
}

Tensor<double> rows_at(const Tensor<double>& table, const Tensor<double>& index) {
  Tensor<double> chosen({index.size(), table.shape[1]});
  for (std::int64_t i = 0; i < index.size(); ++i)
    std::ranges::copy(table.row(std::int64_t(index[i])), chosen.row(i).begin());
  return chosen;
}

const std::vector<NodeLayer> last_positions{{"ln1_0", "blocks.0.hook_resid_pre"},
                                            {"ln2_0", "blocks.0.hook_resid_mid"},
                                            {"unembed", "blocks.0.hook_resid_post"},
                                            {"output", "logits"}};

double largest(const Matrix& a) {
  double v = 0;
  for (const double x : a.data) v = std::max(v, std::abs(x));
  return v;
}

double relative_norm(const Matrix& a, const Matrix& b) {
  REQUIRE(a.shape == b.shape);
  return largest_difference(a, b) / largest(b);
}

Matrix outer(const Matrix& C) { return matmul(C, C, false, true); }

Matrix corner(const Matrix& a, std::int64_t rows, std::int64_t cols) {
  Matrix part({rows, cols});
  for (std::int64_t i = 0; i < rows; ++i) std::copy_n(a.row(i).begin(), cols, part.row(i).begin());
  return part;
}

// Whether rounding decides that a feature more or less is kept: its lambda is as near to the threshold as the rounding
// of M, 1e-16 of its largest eigenvalue for each of a few operations.
bool is_on_the_edge(const Basis& b, std::int64_t features_apart) {
  const double rounding = 4e-16 * std::ranges::max(b.lambda_all);
  const TruncationReport& cut = b.importance_cut;
  return features_apart == 1 && cut.smallest_kept - cut.largest_dropped < 4 * rounding;
}

struct Found {
  std::vector<Basis> bases;
  std::vector<Matrix> E;
};

Found found(const FoldedModel& model, const Inputs& inputs, BasisOptions options, std::int64_t chunk) {
  options.sweep = {.chunk = chunk, .threads = 2};
  const std::vector<Basis> bases = interaction_bases(model, inputs, options);
  return {bases, interaction_edges(model, bases, inputs, {.rules = options.rules, .sweep = options.sweep})};
}

// Up to names of features: C C^T, lambda, and E as far as both have features.
struct Distance {
  double C = 0, E = 0, lambda = 0;
};

Distance distance(const Basis& b, const Matrix& E, const Matrix& C, std::vector<double> lambda, const Matrix& wanted) {
  const std::int64_t rows = std::min(wanted.rows(), E.rows()), cols = std::min(wanted.cols(), E.cols());
  Distance d{relative_norm(outer(b.C), outer(C)), relative_norm(corner(E, rows, cols), corner(wanted, rows, cols))};
  if (b.lambda.empty() || lambda.empty()) return d;
  std::ranges::sort(lambda.begin() + (b.constant == 0), lambda.end(), std::greater<>());
  for (std::size_t i = 0; i < std::min(lambda.size(), b.lambda.size()); ++i)
    d.lambda = std::max(d.lambda, std::abs(b.lambda[i] - lambda[i]) / std::ranges::max(lambda));
  return d;
}

// Means and Gram matrices; and up to `tolerance` of the largest what distance says, or, where another order of
// summation changes more than that, up to ten times what it changes.
void check(const Arrays& known, const FoldedModel& model, const Inputs& inputs, const BasisOptions& options,
           double tolerance) {
  const Found ours = found(model, inputs, options, 256), again = found(model, inputs, options, 9);
  for (std::size_t l = 0; l + 1 < ours.bases.size(); ++l) {
    const Basis &b = ours.bases[l], &other = again.bases[l];
    CAPTURE(b.layer);
    if (known.contains("mean__" + b.layer))
      CHECK(largest_difference(b.mean, known.at("mean__" + b.layer).data) < 1e-10);
    CHECK(relative_norm(b.gram, known.at("gram__" + b.layer)) < 1e-10);
    const Matrix& C = known.at("C__" + b.layer);
    if (b.features() != C.cols()) CHECK(is_on_the_edge(b, std::abs(b.features() - C.cols())));
    const auto lambda = known.find("Lambda__" + b.layer);
    const Distance apart =
        distance(b, ours.E[l], C, lambda == known.end() ? std::vector<double>{} : lambda->second.data,
                 known.at("E__" + b.layer + "__to__" + ours.bases[l + 1].layer));
    const Distance own = distance(b, ours.E[l], other.C, other.lambda, again.E[l]);
    CHECK(apart.C < std::max(tolerance, 10 * own.C));
    CHECK(apart.E < std::max(tolerance, 10 * own.E));
    CHECK(apart.lambda < std::max(tolerance, 10 * own.lambda));
    CHECK(own.C < 1e-3);
    CHECK(own.E < 1e-3);
  }
}

Inputs training_rows(const std::string& folder) {
  const Arrays split = read_npz(folder + "/modadd_dataset_split_seed0.npz");
  return {{"tokens", rows_at(split.at("tokens"), split.at("train_idx"))}};
}

}  // namespace

TEST_CASE("published transformers of modular addition: bases and edges in double") {
  const char* folder = reference();
  if (!folder) return;
  const std::string at = folder;
  const Inputs inputs = training_rows(at);
  for (const std::string seed : {"0", "1", "2"})
    for (const bool pca : {false, true}) {
      CAPTURE(seed);
      CAPTURE(pca);
      const FoldedModel model(published(at + "/modadd_seed" + seed + "_weights.npz"), last_positions);
      CHECK(model.attention(0));
      CHECK(model.dense(1));
      CHECK(model.dense(2));
      check(read_npz(at + (pca ? "/modadd_pca_seed" : "/modadd_rib_seed") + seed + "_thr1e-10_numpy.npz"), model,
            inputs, {.kind = pca ? BasisKind::pca : BasisKind::lib, .truncation = {.threshold = 1e-10}}, 1e-8);
    }
}

TEST_CASE("a node layer of two values, other rules and the older formula, on 40 inputs") {
  const char* folder = reference();
  if (!folder) return;
  const std::string at = std::string(folder) + "/modadd40/modadd40_";
  const Inputs inputs{{"tokens", read_npz(at + "data.npz").at("tokens")}};
  const FoldedModel model(published(std::string(folder) + "/modadd_seed0_weights.npz"),
                          {{"ln1.0", "blocks.0.hook_resid_pre"},
                           {"mlp_in.0", "blocks.0.hook_mlp_in", {"blocks.0.hook_resid_mid"}},
                           {"unembed", "blocks.0.hook_resid_post"},
                           {"output", "logits"}});
  const struct {
    std::string name;
    BasisOptions options;
  } cases[] = {{"jac_squared_gradient0_center1", {}},
               {"jac_squared_gradient0_center0", {.center = false}},
               {"jac_squared_gauss-legendre2_center1", {.rules = {{Rule::gauss_legendre, 2}}}},
               {"a10_squared_trapezoidal3_center1", {.kind = BasisKind::attribution, .rules = {{Rule::trapezoid, 3}}}}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    BasisOptions options = c.options;
    options.truncation = {.threshold = 1e-9};
    check(read_npz(at + c.name + ".npz"), model, inputs, options, 1e-6);
  }
}

namespace {

// The published bases and edges of one network, and its rows for tests.
struct PublishedGraph {
  PublishedGraph(const std::string& folder, const std::string& seed, bool pca)
      : model(published(folder + "/modadd_seed" + seed + "_weights.npz"), last_positions) {
    const Arrays known = read_npz(folder + (pca ? "/modadd_pca_seed" : "/modadd_rib_seed") + seed + "_graph.npz");
    for (std::size_t l = 0; l < 3; ++l) {
      const std::string& layer = last_positions[l].name;
      Basis& b = bases.emplace_back(Basis{.layer = layer});
      b.C = known.at("C__" + layer), b.C_pinv = known.at("C_pinv__" + layer), b.constant = 0;
      E.push_back(known.at("E__" + layer + "__to__" + last_positions[l + 1].name));
    }
    bases.push_back({.layer = "output"});
    bases.back().C = bases.back().C_pinv = identity(114);
    const Arrays split = read_npz(folder + "/modadd_dataset_split_seed0.npz");
    const Tensor<double>& index = split.at("test_idx");
    inputs["tokens"] = rows_at(split.at("tokens"), index);
    labels.targets = Tensor<double>({index.size()});
    for (std::int64_t i = 0; i < index.size(); ++i) labels.targets[i] = split.at("label")[std::int64_t(index[i])];
  }

  double with_nodes(std::int64_t layer, std::int64_t kept) const {
    AblationOptions options;
    options.schedule = schedule_from("points:" + std::to_string(kept));
    options.sweep = {.chunk = 1024, .threads = 2, .precision = Precision::f32};
    for (const AblationPoint& p : node_ablation(model, bases, layer, inputs, labels, options).points)
      if (p.kept == kept) return p.score;
    return -1;
  }

  FoldedModel model;
  std::vector<Basis> bases;
  std::vector<Matrix> E;
  Inputs inputs;
  Scoring labels;
};

}  // namespace

TEST_CASE("published accuracies with few features kept") {
  const char* folder = reference();
  if (!folder) return;
  const double lib[3][2] = {{.860, .881}, {.799, .964}, {.995, .816}};
  const double pca[3][2] = {{.849, .610}, {.793, .969}, {.511, .728}};
  for (int seed = 0; seed < 3; ++seed)
    for (const bool is_pca : {false, true}) {
      CAPTURE(seed);
      CAPTURE(is_pca);
      const PublishedGraph graph(folder, std::to_string(seed), is_pca);
      CHECK(std::abs(graph.with_nodes(0, 8) - (is_pca ? pca : lib)[seed][0]) < 5.1e-4);
      CHECK(std::abs(graph.with_nodes(1, 11) - (is_pca ? pca : lib)[seed][1]) < 5.1e-4);
    }
}

TEST_CASE("published accuracies with few edges kept, in float to every digit") {
  const char* folder = reference();
  if (!folder) return;
  const SweepOptions single{.chunk = 256, .threads = 2, .precision = Precision::f32};
  const PublishedGraph lib(folder, "1", false), pca(folder, "1", true);
  EdgeAblation of_lib(lib.model, lib.bases, 0, lib.E[0], lib.inputs, lib.labels, single);
  CHECK(of_lib.score(of_lib.mask(80)) == doctest::Approx(.997986351940933).epsilon(1e-14));
  CHECK(of_lib.score(of_lib.mask(79)) == doctest::Approx(.9967557892381698).epsilon(1e-14));
  EdgeAblation of_pca(pca.model, pca.bases, 0, pca.E[0], pca.inputs, pca.labels, single);
  CHECK(of_pca.score(of_pca.mask(76)) == doctest::Approx(.9980982212775478).epsilon(1e-14));
  CHECK(of_pca.score(of_pca.mask(75)) == doctest::Approx(.9978744826043181).epsilon(1e-14));
}

TEST_CASE("published numbers of edges that are required, by bisection in double") {
  const char* folder = reference();
  if (!folder) return;
  const std::int64_t lib[3][3] = {{133, 82, 633}, {80, 75, 699}, {71, 71, 610}};
  const std::int64_t pca[3][3] = {{167, 114, 682}, {76, 53, 734}, {99, 71, 598}};
  for (int seed = 0; seed < 3; ++seed)
    for (const bool is_pca : {false, true}) {
      const PublishedGraph graph(folder, std::to_string(seed), is_pca);
      for (std::int64_t l = 0; l < 3; ++l) {
        EdgeAblation edges(graph.model, graph.bases, l, graph.E[l], graph.inputs, graph.labels,
                           {.chunk = 256, .threads = 2});
        const std::int64_t required = edges.bisect(1e-3).required, known = (is_pca ? pca : lib)[seed][l];
        MESSAGE(seed << (is_pca ? " pca " : " lib ") << l << ": " << required << ", published " << known);
        CHECK(required == known);
      }
    }
}
