// Where one looks into a model: a named value, a part of its axes behind the rows, and perhaps a subspace of its last
// axis (docs/theory.md §5.9).
//   blocks.0.hook_resid_pre[2,:]    position 2         blocks.0.attn.hook_z[:,3]    head 3 at all positions
//   layers.0.post[5:8]              three units        hook_embed[-1]               the last position
// As in NumPy: an index or begin:end for each axis behind the rows, numbers below 0 from the end, missing axes whole.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "autodiff/model.h"

namespace basin::interp {

// [begin, end) of an axis; without numbers from its start or to its end.
struct AxisRange {
  std::optional<std::int64_t> begin{}, end{};

  static AxisRange at(std::int64_t index);  // one place; -1 is the last
  friend bool operator==(const AxisRange&, const AxisRange&) = default;
};

struct Site {
  std::string value{};
  std::vector<AxisRange> region{};  // of the axes behind the rows; missing ones are whole
  // [k, d], rows over the last axis: only the component in their span counts. Empty: all. They need not be orthonormal.
  Matrix directions{};
};

Site site_from(std::string_view text);  // UsageError saying what is wrong with the text
std::string text_of(const AxisRange& range);
std::string text_of(const Site& site);  // reads as it is written, with no word of directions but their number

// A site in a traced graph.
struct PlacedSite {
  Var value{};                                                  // [rows, …]
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges{};  // [begin, end) of every axis behind the rows
  Matrix directions{};                                          // orthonormal rows, or empty

  bool whole() const;   // every number of the value
  Shape shape() const;  // of the region, behind the rows
};

// NameError, with the nearest, for a name that is not there; ShapeError for a value without rows in front, for more
// axes than there are, for a range that is empty or outside its axis, and for directions of another length or over a
// part of the last axis; UsageError for directions that depend on one another.
PlacedSite placed(Graph& graph, const Site& site, std::int64_t rows);

// For sites of one value: 1 in each one's region and 0 elsewhere, [sites, 1, …], of length 1 along axes that none cuts.
Tensor<double> masks_of(const std::vector<PlacedSite>& sites);

// `other` in the place of `current` [rows, …] at the site: of other's component in the span of the directions, if there
// are any. [rows, …].
Var replaced(Var current, Var other, const PlacedSite& site);
// The same for many sites of one value, one in each copy: [sites, rows, …].
Var replaced(Var current, Var other, const std::vector<PlacedSite>& sites);

// The names of a model that match one of the patterns (core/names.h), in the order in which values are computed: inputs
// and inner values with rows in front. NameError for a pattern that matches none.
std::vector<std::string> names_matching(const Model& model, const std::vector<std::string>& patterns);

enum class SitesBy { value, position, head, feature };
SitesBy sites_by_from(std::string_view name);  // UsageError listing the names

// A value's sites: itself, each of its positions, heads or entries of the last axis. By TransformerLens's names:
// positions are the first axis behind the rows, or the query of hook_pattern and hook_attn_scores; heads the second one
// of hook_q, hook_k, hook_v, hook_z, and the first of hook_pattern and hook_attn_scores. Values that have no such axis
// give none. Errors of names_matching; UsageError if no value has such an axis.
std::vector<Site> sites_of(const Model& model, const std::vector<std::string>& patterns, SitesBy by);

}  // namespace basin::interp
