// Summaries of numbers, the tree of names, and the files that both are made of.
#include "core/tensor_summary.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/bytes.h"
#include "core/npy.h"
#include "core/npz.h"
#include "core/safetensors.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using doctest::Contains;

namespace {

constexpr double NaN = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
const std::string summary_folder = std::string(BASIN_SOURCE_DIR) + "/tests/golden/files/";

TensorSummary of(std::vector<double> values) { return summary_of(values); }

NamedSummary named(const std::string& name, std::vector<double> values = {1}) {
  return {name, Shape{std::int64_t(values.size())}, "F64", summary_of(values)};
}

std::string outline(const TensorTree& node) {
  std::string text = node.part + (node.tensor ? "" : "(");
  for (const TensorTree& child : node.children) text += (&child == &node.children[0] ? "" : " ") + outline(child);
  return text + (node.tensor ? "" : ")");
}

TensorTree tree(const std::vector<std::string>& names) {
  std::vector<NamedSummary> tensors;
  for (const std::string& name : names) tensors.push_back(named(name));
  return tensor_tree(tensors);
}

}  // namespace

TEST_CASE("a summary is of the finite elements and counts the others") {
  const TensorSummary s = of({3, NaN, -4, infinity, -infinity, NaN, 0});
  CHECK(s.elements == 7);
  CHECK(s.nans == 2);
  CHECK(s.infs == 2);
  CHECK(s.min == -4);
  CHECK(s.max == 3);
  CHECK(s.norm == 5);
  CHECK(s.mean == -1.0 / 3);
}

TEST_CASE("without finite elements there is no mean, no smallest and no largest") {
  for (const TensorSummary& s : {of({}), of({NaN, infinity}), TensorSummary{}}) {
    CHECK(s.norm == 0);
    for (const double value : {s.mean, s.min, s.max}) CHECK(std::isnan(value));
  }
}

TEST_CASE("sums of squares neither overflow nor vanish") {
  CHECK(of({3e300, 4e300}).norm == doctest::Approx(5e300).epsilon(1e-15));
  CHECK(of({3e-300, -4e-300}).norm == doctest::Approx(5e-300).epsilon(1e-15));
  CHECK(of({1.7e308, 1.7e308}).mean == 1.7e308);
  CHECK(of({5e-324}).norm == 5e-324);
  CHECK(of({1e16, 1, -1e16}).mean == 1.0 / 3);
  CHECK(of({0, -0.0}).norm == 0);
  TensorSummary large = of({1.7e308});
  large += of({-1.7e308});
  CHECK(large.mean == 0);
  CHECK(of({1.7e308, 1.7e308, 1.7e308}).norm == std::numeric_limits<double>::infinity());
}

TEST_CASE("summaries of parts add up to that of the whole") {
  TensorSummary sum = of({1, NaN, 2});
  sum += of({});
  sum += of({-5, infinity});
  const TensorSummary whole = of({1, NaN, 2, -5, infinity});
  CHECK(sum.elements == whole.elements);
  CHECK(sum.nans == 1);
  CHECK(sum.infs == 1);
  CHECK(sum.min == -5);
  CHECK(sum.max == 2);
  CHECK(sum.norm == doctest::Approx(whole.norm).epsilon(1e-15));
  CHECK(sum.mean == doctest::Approx(whole.mean).epsilon(1e-15));
}

TEST_CASE("names are a tree, numbers by their value and before words") {
  CHECK(outline(tree({"b.10.w", "b.2.w", "b.2.a", "a", "b.x"})) == "(a b(2(a w) 10(w) x))");
  CHECK(outline(tree({})) == "()");
  CHECK(outline(tree({"01", "1", "0", "00", "7"})) == "(0 00 01 1 7)");
}

TEST_CASE("a tensor beside others below its name is a node of its own") {
  for (const auto& names : {std::vector<std::string>{"a", "a.b", "a.c"}, {"a.b", "a", "a.c"}, {"a.b", "a.c", "a"}}) {
    const TensorTree t = tree(names);
    REQUIRE(t.children.size() == 2);
    CHECK(t.children[0].tensors + t.children[1].tensors == 3);
    CHECK(t.children[0].tensor.has_value() != t.children[1].tensor.has_value());
  }
  CHECK(tree({"", ".", "a.", ".a"}).tensors == 4);
}

TEST_CASE("inner nodes have the totals of what is below them") {
  const TensorTree t = tensor_tree(std::vector{named("a.x", {3}), named("a.y", {4, NaN}), named("b", {12})});
  CHECK(t.tensors == 3);
  CHECK(t.total.norm == 13);
  REQUIRE(t.children.size() == 2);
  CHECK(t.children[0].name == "a");
  CHECK(t.children[0].tensors == 2);
  CHECK(t.children[0].total.norm == 5);
  CHECK(t.children[0].total.nans == 1);
  CHECK(t.children[0].children[1].name == "a.y");
}

TEST_CASE("a name with very many dots is no deep tree") {
  const TensorTree t = tree({std::string(100000, '.')});
  int depth = 0;
  for (const TensorTree* node = &t; !node->children.empty(); node = &node->children[0]) ++depth;
  CHECK(depth == TensorTree::deepest);
}

TEST_CASE("files are summed up with their types and metadata") {
  const std::string bytes = SafeTensorsWriter()
                                .add("layers.0.weight", Tensor<float>({2, 2}, {1, 2, 2, 4}))
                                .add("steps", Tensor<std::int64_t>(Shape{}, {7}))
                                .add("none", Tensor<double>({0, 3}))
                                .metadata("model", "mlp")
                                .bytes();
  const FileSummary file = summaries_of(bytes, "x.safetensors");
  CHECK(file.metadata.at("model") == "mlp");
  REQUIRE(file.tensors.size() == 3);
  CHECK(file.tensors[0].name == "layers.0.weight");
  CHECK(file.tensors[0].dtype == "F32");
  CHECK(file.tensors[0].numbers.norm == 5);
  CHECK(file.tensors[1].shape == Shape{0, 3});
  CHECK(file.tensors[1].numbers.elements == 0);
  CHECK(file.tensors[2].dtype == "I64");
  CHECK(file.tensors[2].shape.rank() == 0);
  CHECK(file.tensors[2].numbers.max == 7);
}

TEST_CASE("truth values are 0 and 1") {
  std::string header = R"({"m":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}})";
  std::string bytes;
  store<std::uint64_t>(bytes, header.size());
  const FileSummary file = summaries_of(bytes + header + std::string("\1\0\1", 3), "x.safetensors");
  CHECK(file.tensors[0].dtype == "BOOL");
  CHECK(file.tensors[0].numbers.mean == 2.0 / 3);
}

TEST_CASE("numpy's files are summed up, arrays of text are listed apart") {
  const FileSummary one = summaries_of(npy_bytes(Tensor<float>({2}, {3, 4})), "x.npy");
  REQUIRE(one.tensors.size() == 1);
  CHECK(one.tensors[0].name == "array");
  CHECK(one.tensors[0].dtype == "<f4");
  CHECK(one.tensors[0].numbers.norm == 5);
  const FileSummary file = read_summaries(summary_folder + "deflated.npz");
  REQUIRE(file.tensors.size() == 3);
  CHECK(file.tensors[0].name == "labels");
  CHECK(file.tensors[0].numbers.mean == 2);
  CHECK(file.texts.empty());
}

TEST_CASE("what is no file of tensors is refused by name") {
  const auto refused = [](const std::string& bytes, const std::string& path, const char* part) {
    CHECK_THROWS_WITH_AS(summaries_of(bytes, path), Contains(part), DataError);
  };
  refused("x", "net.pt", "net.pt: a file of an unknown kind given; wanted one ending in .safetensors, .npz or .npy");
  refused("x", "net.safetensors", "net.safetensors: not a valid safetensors file");
  refused("", "net.npz", "net.npz: not a valid .npz file");
  refused("", "x.npy", "x.npy");
  const std::string whole = npy_bytes(Tensor<double>({4}));
  refused(whole.substr(0, whole.size() - 1), "x.npy", "x.npy");
  CHECK_THROWS_AS(read_summaries("nowhere.npy"), DataError);
}
