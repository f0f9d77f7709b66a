// Interaction bases from data that come in pieces, and from random sources.
#include <doctest/doctest.h>

#include <filesystem>

#include "interp/basis/basis.h"
#include "tests/interp/basis_cases.h"

using namespace basin;
using namespace basin::interp;

TEST_CASE("random sources estimate M with the error they name, and do not depend on chunks") {
  const FoldedModel model = random_model({5, 9, 8, 6}, 31);
  const Inputs x{{"x", normal_rows(300, 5, 32)}};
  for (const BasisKind kind : {BasisKind::lib, BasisKind::ib}) {
    const Basis exact = interaction_bases(model, x, {.kind = kind})[1];
    double before = 1;
    for (const std::int64_t sources : {2, 16, 128}) {
      double squared = 0, named = 0;
      for (std::uint64_t seed = 0; seed < 6; ++seed) {
        const Basis b = interaction_bases(model, x, {.kind = kind, .sources = sources, .seed = seed})[1];
        double apart = 0, size = 0;
        for (std::int64_t i = 0; i < b.M.size(); ++i) {
          apart += (b.M[i] - exact.M[i]) * (b.M[i] - exact.M[i]);
          size += exact.M[i] * exact.M[i];
        }
        // For the local basis the target is itself an estimate: only the global one is held to its error.
        squared += apart / size / 6;
        named += b.source_error * b.source_error / 6;
      }
      if (kind == BasisKind::ib) {
        CHECK(std::sqrt(squared) < 3 * std::sqrt(named));
        CHECK(std::sqrt(named) < 3 * std::sqrt(squared));
      }
      CHECK(std::sqrt(named) < before / 1.5);
      before = std::sqrt(named);
    }
    const Basis one = interaction_bases(model, x, {.kind = kind, .sources = 3})[0];
    const Basis pieces = interaction_bases(model, x, {.kind = kind, .sources = 3, .sweep = {.chunk = 17}})[0];
    CHECK(off(one.M, pieces.M) < 1e-12);
  }
  CHECK_THROWS_AS(interaction_bases(model, x, {.sources = 1}), UsageError);
  CHECK_THROWS_AS(interaction_bases(model, x, {.kind = BasisKind::pca, .sources = 4}), UsageError);
}

TEST_CASE("the error that random sources name is the one they have") {
  const FoldedModel model = random_model({3, 5, 4}, 33);
  const Inputs x{{"x", normal_rows(40, 3, 34)}};
  const Basis exact = interaction_bases(model, x, {.kind = BasisKind::ib})[0];
  double squared = 0, named = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Basis b = interaction_bases(model, x, {.kind = BasisKind::ib, .sources = 4, .seed = seed})[0];
    double apart = 0, size = 0;
    for (std::int64_t i = 0; i < b.M.size(); ++i) {
      apart += (b.M[i] - exact.M[i]) * (b.M[i] - exact.M[i]);
      size += b.M[i] * b.M[i];
    }
    squared += apart / size;
    named += b.source_error * b.source_error;
  }
  CHECK(std::sqrt(squared / named) > 0.8);
  CHECK(std::sqrt(squared / named) < 1.25);
}

TEST_CASE("moments can be continued with more data, and kept in a file") {
  const FoldedModel model = random_model({4, 6, 5, 3}, 9);
  const Matrix x = normal_rows(700, 4, 10);
  const auto part = [&](std::int64_t first, std::int64_t rows) {
    return Inputs{{"x", Matrix({rows, 4}, {x.data.begin() + first * 4, x.data.begin() + (first + rows) * 4})}};
  };
  const LayerMoments all = layer_moments(model, {{"x", x}});
  LayerMoments pieces = layer_moments(model, part(0, 300));
  add_moments(pieces, model, part(300, 400));
  for (std::size_t l = 0; l < all.nodes.size(); ++l)
    CHECK(off(all.nodes[l].covariance(), pieces.nodes[l].covariance()) < 1e-12);
  const std::vector<Basis> one = interaction_bases(model, all, {{"x", x}}),
                           two = interaction_bases(model, pieces, {{"x", x}});
  CHECK(off(matmul(one[0].C, one[0].C, false, true), matmul(two[0].C, two[0].C, false, true)) < 1e-11);
  const std::string path = (std::filesystem::temp_directory_path() / "basin_test_moments.npz").string();
  pieces.nodes[1].save(path);
  CHECK(Moments::load(path).covariance().data == pieces.nodes[1].covariance().data);
}
