#include <doctest/doctest.h>

#include <cmath>

#include "interp/look/site.h"
#include "tests/interp/look_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t site_rows = 3;

PlacedSite in_model(Graph& graph, const std::string& text) { return placed(graph, site_from(text), site_rows); }

std::vector<std::string> texts(const std::vector<Site>& sites) {
  std::vector<std::string> all;
  for (const Site& s : sites) all.push_back(text_of(s));
  return all;
}

}  // namespace

TEST_CASE("sites are written as they are read") {
  for (const char* text : {"layers.0.post", "a[2,:]", "a[:,3]", "a[-1]", "a[-2,1:4]", "a[1:]", "a[:-1,0]"})
    CHECK(text_of(site_from(text)) == text);
  CHECK(text_of(site_from(" a [ 1 , 2:3 ]")) == "a[1,2]");
  CHECK(site_from("a[-1]").region[0] == AxisRange{-1, {}});
  CHECK(site_from("a[-2]").region[0] == AxisRange{-2, -1});
}

TEST_CASE("texts that are no sites are refused") {
  for (const char* text : {"", "[1]", "a[1", "a[x]", "a[1,]", "a[]", "a[1:2:3]", "a[1.5]", "a[9223372036854775807]"})
    CHECK_THROWS_WITH_AS(site_from(text), doctest::Contains("help: wanted NAME"), UsageError);
}

TEST_CASE("regions are those of the axes behind the rows, counted from either end") {
  Graph graph;
  two_blocks().trace(graph, site_rows);
  const PlacedSite at = in_model(graph, "blocks.0.attn.hook_z[-1,1]");
  CHECK(at.ranges == std::vector<std::pair<std::int64_t, std::int64_t>>{{3, 4}, {1, 2}, {0, 3}});
  CHECK(at.shape() == Shape{1, 1, 3});
  CHECK_FALSE(at.whole());
  CHECK(in_model(graph, "blocks.0.attn.hook_z").whole());
  CHECK(in_model(graph, "blocks.0.attn.hook_z[0:4]").whole());
  CHECK(in_model(graph, "tokens[1]").ranges[0].second == 2);
}

TEST_CASE("sites that a model has not are refused") {
  Graph graph;
  two_blocks().trace(graph, site_rows);
  CHECK_THROWS_WITH_AS(in_model(graph, "blocks.0.hook_resid_pro"), doctest::Contains("blocks.0.hook_resid_pre"),
                       NameError);
  CHECK_THROWS_WITH_AS(in_model(graph, "hook_embed[0,0,0]"), doctest::Contains("3 axes given"), ShapeError);
  CHECK_THROWS_WITH_AS(in_model(graph, "hook_embed[4]"), doctest::Contains("outside an axis of length 4"), ShapeError);
  CHECK_THROWS_AS(in_model(graph, "hook_embed[2:2]"), ShapeError);
  CHECK_THROWS_AS(in_model(graph, "hook_embed[-5]"), ShapeError);
  CHECK_THROWS_WITH_AS(in_model(graph, "embed.W_E"), doctest::Contains("no rows in front"), ShapeError);
  Site site = site_from("hook_embed");
  site.directions = Matrix({1, 5});
  CHECK_THROWS_WITH_AS(placed(graph, site, site_rows), doctest::Contains("wanted [k,6]"), ShapeError);
  site.directions = Matrix({2, 6}, {1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0});
  CHECK_THROWS_WITH_AS(placed(graph, site, site_rows), doctest::Contains("direction 1"), UsageError);
  site = site_from("hook_embed[:,1:]");
  site.directions = Matrix({1, 6}, 1);
  CHECK_THROWS_AS(placed(graph, site, site_rows), ShapeError);
}

TEST_CASE("directions are made orthonormal, and their order does not turn the first one") {
  Graph graph;
  two_blocks().trace(graph, site_rows);
  Site site = site_from("hook_embed");
  site.directions = Matrix({2, 6}, {3, 0, 0, 0, 0, 4, 1, 1, 0, 0, 0, 0});
  const Matrix q = placed(graph, site, site_rows).directions;
  CHECK(q(0, 0) == doctest::Approx(0.6));
  double length = 0, across = 0;
  for (std::int64_t i = 0; i < 6; ++i) length += q(1, i) * q(1, i), across += q(0, i) * q(1, i);
  CHECK(length == doctest::Approx(1));
  CHECK(std::abs(across) < 1e-15);
}

TEST_CASE("names by patterns, and sites by value, position, head and feature") {
  const ModelPoint model = two_blocks();
  CHECK(names_matching(model, {"blocks.1.hook_*_out", "blocks.0.hook_mlp_out"}) ==
        std::vector<std::string>{"blocks.0.hook_mlp_out", "blocks.1.hook_attn_out", "blocks.1.hook_mlp_out"});
  CHECK(names_matching(model, {"tokens"}) == std::vector<std::string>{"tokens"});
  CHECK_THROWS_WITH_AS(names_matching(model, {"blocks.7.*"}), doctest::Contains("'blocks.7.*' matches no value"),
                       NameError);
  CHECK(texts(sites_of(model, {"blocks.0.hook_resid_pre", "blocks.1.hook_resid_post"}, SitesBy::position)) ==
        std::vector<std::string>{"blocks.0.hook_resid_pre[0]", "blocks.0.hook_resid_pre[1]",
                                 "blocks.0.hook_resid_pre[2]", "blocks.0.hook_resid_pre[3]",
                                 "blocks.1.hook_resid_post[0]"});
  CHECK(texts(sites_of(model, {"blocks.0.attn.hook_z", "blocks.0.attn.hook_pattern"}, SitesBy::head)) ==
        std::vector<std::string>{"blocks.0.attn.hook_pattern[0]", "blocks.0.attn.hook_pattern[1]",
                                 "blocks.0.attn.hook_z[:,0]", "blocks.0.attn.hook_z[:,1]"});
  CHECK(texts(sites_of(model, {"blocks.0.attn.hook_pattern"}, SitesBy::position))[1] ==
        "blocks.0.attn.hook_pattern[:,1]");
  CHECK(sites_of(small_mlp(), {"layers.0.post"}, SitesBy::feature).size() == 6);
  CHECK_THROWS_AS(sites_of(small_mlp(), {"layers.0.post"}, SitesBy::head), UsageError);
  CHECK_THROWS_AS(sites_by_from("layer"), UsageError);
}
