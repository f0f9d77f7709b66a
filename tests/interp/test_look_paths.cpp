#include <doctest/doctest.h>

#include "autodiff/ops.h"
#include "interp/look/path_patching.h"
#include "tests/interp/look_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

// a = 2x, b = 3a, c = 5a + 7b, y = 11a + 13b + 17c for numbers x: paths a-y 11, a-b-y 39, a-c-y 85, a-b-c-y 357.
ModelPoint chain() {
  ModelPoint model;
  model.trace = [](Graph& graph, std::int64_t rows) {
    const Var x = graph.input("x", {rows, 1});
    const Var a = graph.name(2.0 * x, "a"), b = graph.name(3.0 * a, "b");
    const Var c = graph.name(5.0 * a + 7.0 * b, "c");
    const Var y = graph.name(11.0 * a + 13.0 * b + 17.0 * c, "y");
    return Ends{y, {}};
  };
  return model;
}

const PatchData numbers{{{"x", Tensor<double>({2, 1}, {1, 2})}}, {{"x", Tensor<double>({2, 1}, {0, 1})}}};

// The change of y for a change of a by 2.
double effect(const std::string& sender, const std::vector<std::string>& receivers,
              const std::vector<std::string>& frozen) {
  Paths paths{.senders = {site_from(sender)}, .frozen = frozen};
  for (const std::string& r : receivers) paths.receivers.push_back(site_from(r));
  const Patching p = path_patching(chain(), numbers, paths, metric_from("logit:0"));
  CHECK(p.residual == 0);
  return p.effects[0].metric.mean - p.corrupt.mean;
}

}  // namespace

TEST_CASE("only paths that enter a receiver, and run through nothing that is frozen, count") {
  CHECK(effect("a", {"y"}, {}) == 2 * (11 + 39 + 85 + 357));
  CHECK(effect("a", {"y"}, {"b", "c"}) == 2 * 11);
  CHECK(effect("a", {"y"}, {"c"}) == 2 * (11 + 39));
  CHECK(effect("a", {"b"}, {}) == 2 * (39 + 357));
  CHECK(effect("a", {"c"}, {"b"}) == 2 * 85);
  CHECK(effect("a", {"c"}, {}) == 2 * (85 + 357));
  CHECK(effect("a", {"b", "c"}, {}) == 2 * (39 + 85 + 357));
  CHECK(effect("b", {"c"}, {"a"}) == 6 * 7 * 17);
  CHECK(effect("a", {"b"}, {"b", "c"}) == 2 * (39 + 357));  // a receiver hears, though its name is frozen
  CHECK(effect("b", {"y"}, {"b", "c"}) == 6 * 13);          // the sender is not frozen by its own name
}

TEST_CASE("heads of a transformer: what a program of its own finds when values are fed by hand") {
  const ModelPoint model = two_blocks();
  const PatchData data{some_tokens(5, 1), some_tokens(5, 2)};
  const Paths paths{.senders = sites_of(model, {"blocks.0.attn.hook_z"}, SitesBy::head),
                    .receivers = {site_from("blocks.1.attn.hook_k[:,1]")},
                    .frozen = {"*.attn.hook_z", "*.hook_mlp_out"}};
  const Patching p = path_patching(model, data, paths, metric_from("logit:label"));
  CHECK(p.residual < 1e-14);
  const std::string sender = "blocks.0.attn.hook_z", mlp = "blocks.0.hook_mlp_out", receiver = "blocks.1.attn.hook_k";
  for (std::int64_t head = 0; head < 2; ++head) {
    Tensor<double> z = value_of(model, data.corrupt, sender);
    const Tensor<double> clean = value_of(model, data.clean, sender), base = value_of(model, data.corrupt, receiver);
    for (std::int64_t i = 0; i < z.size(); ++i)
      if (i / 3 % 2 == head) z[i] = clean[i];
    // The MLP of block 0 is fed as it was in the corrupt run.
    Graph graph;
    model.trace(graph, 5);
    Program<double> first(graph, {.fetch = {graph[receiver]}, .feed = {graph[sender], graph[mlp]}},
                          model.parameters.bindings(graph));
    first.feed("tokens", data.corrupt.at("tokens").data);
    first.feed(sender, z.data);
    first.feed(mlp, value_of(model, data.corrupt, mlp).data);
    first.run();
    Tensor<double> heard = first.copy(receiver);
    for (std::int64_t i = 0; i < heard.size(); ++i)
      if (i / 3 % 2 == 0) heard[i] = base[i];
    const auto by_hand = at_labels(value_behind(model, data.corrupt, receiver, heard, "logits"), data.clean.at("t"));
    CHECK(p.effects[std::size_t(head)].metric.mean == doctest::Approx(mean_of(by_hand)).epsilon(1e-12));
    CHECK(p.effects[std::size_t(head)].metric.mean != p.corrupt.mean);
  }
}

TEST_CASE("senders that a receiver hears, whatever else there is") {
  const auto heard = [](std::vector<std::string> receivers) {
    std::vector<Site> sites;
    for (const std::string& r : receivers) sites.push_back(site_from(r));
    std::string names;
    for (const Site& s : heard_senders(chain(), {site_from("c"), site_from("a"), site_from("b")}, sites))
      names += text_of(s);
    return names;
  };
  CHECK(heard({"b"}) == "ab");
  CHECK(heard({"c", "b"}) == "cab");
  CHECK(heard({}) == "");
}

TEST_CASE("paths that cannot be are refused") {
  const auto look = [](Paths paths) { return path_patching(chain(), numbers, paths, metric_from("logit:0")); };
  CHECK_THROWS_WITH_AS(look({.senders = {site_from("a")}}), doctest::Contains("no receivers"), UsageError);
  CHECK_THROWS_WITH_AS(look({.senders = {site_from("c")}, .receivers = {site_from("b")}}),
                       doctest::Contains("no receiver depends on the sender 'c'"), NameError);
  CHECK_THROWS_AS(look({.senders = {site_from("a")}, .receivers = {site_from("b")}, .frozen = {"z*"}}), NameError);
  Site along = site_from("b");
  along.directions = Matrix({1, 1}, 1);
  CHECK_THROWS_AS(look({.senders = {site_from("a")}, .receivers = {along}}), UsageError);
}
