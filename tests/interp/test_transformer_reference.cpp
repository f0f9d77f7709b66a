// Interaction bases and edges of the published transformers of modular addition. Their files are not part of the
// project: BASIN_REFERENCE names the folder that holds modadd_seed*_weights.npz and what was found with them.
#include <doctest/doctest.h>

#include <cstdlib>

#include "core/lapack.h"
#include "core/npz.h"
#include "interp/edges/edges.h"
#include "nn/transformer.h"
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
  const Arrays w = read_npz(path);
  const Model model = nn::transformer({.n_layers = 1,
                                       .d_model = 128,
                                       .n_heads = 4,
                                       .d_head = 32,
                                       .d_mlp = 512,
                                       .d_vocab = 114,
                                       .d_vocab_out = 114,
                                       .n_ctx = 3,
                                       .last_position = true});
  ModelPoint point{model, Parameters<double>(parameters_of(model))};
  for (const auto& s : point.parameters.slices()) {
    const std::string name = s.name.substr(s.name.rfind('.') + 1);
    std::ranges::copy(w.at(name).data, point.parameters[s.name].begin());
  }
  return point;
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

double relative(const Matrix& a, const Matrix& b) {
  REQUIRE(a.shape == b.shape);
  return largest_difference(a, b) / largest(b);
}

void check(const Arrays& known, const std::vector<Basis>& bases, const std::vector<Matrix>& E) {
  for (std::size_t l = 0; l + 1 < bases.size(); ++l) {
    const Basis& b = bases[l];
    CAPTURE(b.layer);
    const Tensor<double>& mean = known.at("mean__" + b.layer);
    CHECK(largest_difference(b.mean, mean.data) < 1e-10);
    MESSAGE(b.layer << " gram " << relative(b.gram, known.at("gram__" + b.layer)) << " features " << b.features() << " "
                    << known.at("C__" + b.layer).cols());
    const Matrix &C = known.at("C__" + b.layer);
    MESSAGE("  CCT " << relative(matmul(b.C, b.C, false, true), matmul(C, C, false, true)));
    const std::string e = "E__" + b.layer + "__to__" + bases[l + 1].layer;
    if (E[l].shape == known.at(e).shape) MESSAGE("  E " << relative(E[l], known.at(e)));
  }
}

}  // namespace

TEST_CASE("published transformers: bases and edges") {
  const char* folder = reference();
  if (!folder) return;
  const std::string at = folder;
  const Arrays split = read_npz(at + "/modadd_dataset_split_seed0.npz");
  const Inputs inputs{{"tokens", rows_at(split.at("tokens"), split.at("train_idx"))}};
  const FoldedModel model(published(at + "/modadd_seed0_weights.npz"), last_positions);
  const std::vector<Basis> bases =
      interaction_bases(model, inputs, {.truncation = {.threshold = 1e-10}, .sweep = {.chunk = 64, .threads = 2}});
  const std::vector<Matrix> E = interaction_edges(model, bases, inputs, {.sweep = {.chunk = 64, .threads = 2}});
  check(read_npz(at + "/modadd_rib_seed0_thr1e-10_numpy.npz"), bases, E);
}
