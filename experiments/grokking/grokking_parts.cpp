#include "experiments/grokking/grokking_parts.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/file.h"

namespace basin::experiments {
namespace {

using Json = nlohmann::ordered_json;

// The fields, once for both ways: visit(name, field).
template <class Reading, class Visit>
void visit_reading(Reading& r, const Visit& visit) {
  visit("rows", r.rows), visit("parameters", r.parameters), visit("rank", r.rank);
  visit("above_rounding", r.above_rounding), visit("smallest_kept", r.smallest_kept);
  visit("largest_dropped", r.largest_dropped), visit("counts", r.counts), visit("n_eff", r.n_eff);
}

template <class Lambda, class Visit>
void visit_lambda(Lambda& l, const Visit& visit) {
  visit("n_beta", l.n_beta), visit("lambda", l.lambda), visit("error", l.error), visit("r_hat", l.r_hat);
  visit("ess", l.ess), visit("quadratic", l.quadratic), visit("doubts", l.doubts);
}

template <class Edges, class Visit>
void visit_edges(Edges& e, const Visit& visit) {
  visit("features", e.features), visit("edges", e.edges), visit("effective", e.effective);
  visit("required", e.required);
}

auto into(Json& j) {
  return [&j](const char* name, const auto& field) { j[name] = field; };
}

// What is no number is null in a file.
auto from(const Json& j) {
  return [&j](const char* name, auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, double>)
      field = j.at(name).is_null() ? NAN : j.at(name).template get<double>();
    else
      j.at(name).get_to(field);
  };
}

Json json_of(GrokkingPart part, const GrokkingPoint& point) {
  Json j;
  switch (part) {
    case GrokkingPart::rank: visit_reading(*point.rank, into(j)); break;
    case GrokkingPart::training: visit_reading(*point.training, into(j)); break;
    case GrokkingPart::lambda: visit_lambda(*point.lambda, into(j["lambda"])); break;
    case GrokkingPart::edges:
      visit_edges(point.edges->lib, into(j["lib"])), visit_edges(point.edges->pca, into(j["pca"]));
  }
  return j;
}

RankReading reading_of(const Json& j) {
  RankReading r;
  visit_reading(r, from(j));
  if (r.n_eff.size() != grokking_epsilons.size() || r.counts.size() != grokking_epsilons.size())
    throw DataError("counts at other cut-offs");
  return r;
}

void read(const Json& j, GrokkingPart part, GrokkingPoint& point) {
  if (part == GrokkingPart::rank) {
    point.rank = reading_of(j);
  } else if (part == GrokkingPart::training) {
    point.training = reading_of(j);
  } else if (part == GrokkingPart::lambda) {
    MeasuredLambda l;
    visit_lambda(l, from(j.at("lambda")));
    point.lambda = l;
  } else {
    MeasuredEdges e;
    visit_edges(e.lib, from(j.at("lib"))), visit_edges(e.pca, from(j.at("pca")));
    point.edges = e;
  }
}

}  // namespace

void write_grokking_part(const std::string& path, const std::string& key, GrokkingPart part,
                         const GrokkingPoint& point) {
  write_atomically(path, Json{{"key", key}, {"measured", json_of(part, point)}}.dump(1) + "\n");
}

bool read_grokking_part(const std::string& path, const std::string& key, GrokkingPart part, GrokkingPoint& point) {
  if (!std::filesystem::exists(path)) return false;
  try {
    const Json file = Json::parse(read_file(path));
    if (file.at("key") != key) return false;
    read(file.at("measured"), part, point);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace basin::experiments
