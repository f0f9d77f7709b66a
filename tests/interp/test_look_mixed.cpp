#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "autodiff/lift.h"
#include "autodiff/ops.h"
#include "autodiff/plan.h"
#include "interp/look/mixed_runs.h"
#include "interp/look/site.h"
#include "tests/interp/look_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t mixed_rows = 5;

// A traced model with its other run, whose input is "other".
struct TwoRuns {
  Graph graph;
  Ends ends;
  OtherRun other{};

  TwoRuns(const ModelPoint& model, const std::string& input) : ends(model.trace(graph, mixed_rows)) {
    std::vector<Var> values;
    const Id last = ends.output.id;
    for (Id id = 0; id <= last; ++id) values.push_back({&graph, id});
    const Var x = graph[input], copy = reshape(graph.input("other", x.shape()), Shape{1} + x.shape());
    other.differs.resize(std::size_t(last) + 1);
    for (Id id = x.id; id <= last; ++id) other.differs[std::size_t(id)] = depends(id, x.id);
    other.values = lift(values, {x}, {copy});
  }
  bool depends(Id id, Id on) {
    if (id == on) return true;
    const Node& n = graph.node(id);
    for (int i = 0; i < n.arity(); ++i)
      if (n.in[std::size_t(i)] >= on && depends(n.in[std::size_t(i)], on)) return true;
    return false;
  }
};

struct Ran {
  std::vector<double> numbers;
  std::int64_t multiplications = 0;  // of matrix products
};

// Beside the output of the other run, which patching computes in any case.
Ran run(TwoRuns& two, Var wanted, const ModelPoint& model, const Inputs& here, const Inputs& there,
        const std::string& input) {
  Program<double> program(two.graph, {.fetch = {wanted, two.other.values.back()}, .fuse = false},
                          model.parameters.bindings(two.graph));
  if (program.has(two.graph[input])) program.feed(input, here.at(input).data);
  if (program.has(two.graph["other"])) program.feed("other", there.at(input).data);
  program.run();
  Ran ran;
  for (const auto& call : program.plan().calls)
    if (call.node->op->name == "matmul" || call.node->op->name == "dense")  // x is not transposed in these models
      ran.multiplications += call.n * two.graph.node(call.node->in[0]).shape.back();
  const auto view = program.view(wanted);
  ran.numbers.assign(view.begin(), view.end());
  return ran;
}

// Mixtures at the sites, and the plain way: the same numbers; what each multiplies.
std::pair<std::int64_t, std::int64_t> compared(const ModelPoint& model, const Inputs& here, const Inputs& there,
                                               const std::string& input, const std::vector<Site>& sites) {
  TwoRuns two(model, input);
  std::vector<PlacedSite> at;
  for (const Site& s : sites) at.push_back(placed(two.graph, s, mixed_rows));
  const Tensor<double> masks = masks_of(at);
  REQUIRE(mixes_along_one_axis(masks));
  const Var value = at.front().value;
  const Var fast = mixed(two.ends.output, value, masks, two.other);
  const Var source = reshape(two.other.values[std::size_t(value.id)], value.shape());
  const Var plain = lift({two.ends.output}, {value}, {replaced(value, source, at)})[0];
  REQUIRE(fast.shape() == plain.shape());
  const Ran a = run(two, fast, model, here, there, input), b = run(two, plain, model, here, there, input);
  for (std::size_t i = 0; i < a.numbers.size(); ++i)
    CHECK_MESSAGE(std::abs(a.numbers[i] - b.numbers[i]) < 1e-12, text_of(sites.front()));
  return {a.multiplications, b.multiplications};
}

}  // namespace

TEST_CASE("mixtures of two runs are what lifting the mixed values gives, at every value of a transformer") {
  for (const bool last : {true, false})
    for (const auto norm : {nn::LayerNorm::none, nn::LayerNorm::full}) {
      const ModelPoint model = two_blocks(last, norm);
      const Inputs here = some_tokens(mixed_rows, 1, last), there = some_tokens(mixed_rows, 2, last);
      for (const std::string& name : names_matching(model, {"tokens", "*hook_*"})) {
        const auto all = [&](SitesBy by) {
          std::vector<Site> sites;
          try {
            sites = sites_of(model, {name}, by);
          } catch (const UsageError&) {
            return;
          }
          (void)compared(model, here, there, "tokens", sites);
        };
        for (const SitesBy by : {SitesBy::value, SitesBy::position, SitesBy::head, SitesBy::feature}) all(by);
      }
    }
}

TEST_CASE("what acts on positions one by one is not multiplied out for each copy") {
  const ModelPoint model = two_blocks(true, nn::LayerNorm::none);
  const Inputs here = some_tokens(mixed_rows, 1), there = some_tokens(mixed_rows, 2);
  const auto at = [&](const char* name) { return sites_of(model, {name}, SitesBy::position); };
  const auto [fast, plain] = compared(model, here, there, "tokens", at("blocks.0.hook_resid_pre"));
  CHECK(fast < plain);
  // A stream that is the other run's altogether needs no copies of its own: one run is enough.
  const auto [whole, plain_whole] = compared(model, here, there, "tokens", at("blocks.1.hook_resid_post"));
  CHECK(whole < plain_whole);
  TwoRuns two(model, "tokens");
  const Ran one = run(two, two.other.values.back(), model, here, there, "tokens");
  CHECK(whole == one.multiplications);
}

TEST_CASE("cut along one axis or several") {
  Graph graph;
  two_blocks().trace(graph, mixed_rows);
  const auto cut = [&](const char* text) {
    return mixes_along_one_axis(masks_of({placed(graph, site_from(text), mixed_rows)}));
  };
  CHECK(cut("hook_embed"));
  CHECK(cut("hook_embed[1]"));
  CHECK(cut("hook_embed[:,2:4]"));
  CHECK_FALSE(cut("hook_embed[1,2:4]"));
}
