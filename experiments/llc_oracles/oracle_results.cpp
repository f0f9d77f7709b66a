#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/llc_oracles/oracle_study.h"

namespace basin::experiments {
namespace {

using report::Json;

double exact(const OracleRow& r) { return r.result.exact.value; }
double estimated(const OracleRow& r) { return r.result.estimate.lambda.mean; }
double half_width(const OracleRow& r) { return r.result.uncertainty * exact(r); }
double tolerances_off(const OracleRow& r) { return r.result.off / r.oracle.tolerance; }

const report::Table<OracleRow> whole{
    {"name", "name", [](const OracleRow& r) { return r.oracle.name; }},
    {"what", "loss", [](const OracleRow& r) { return r.oracle.what; }},
    {"n_beta", "nβ", [](const OracleRow& r) { return r.oracle.posterior.n_beta; }, "{:g}"},
    {"gamma", "γ", [](const OracleRow& r) { return r.oracle.posterior.gamma; }, "{:g}"},
    {"sampler", "sampler", [](const OracleRow& r) { return interp::name_of(r.oracle.sampler.kind); }},
    {"draws", "draws", [](const OracleRow& r) { return r.oracle.chains.chains * r.oracle.chains.draws; }},
    {"ess", "independent", [](const OracleRow& r) { return r.result.estimate.lambda.ess; }, "{:.0f}"},
    {"source", "exact value by", [](const OracleRow& r) { return r.oracle.source; }},
    {"exact", "exact", exact, "{:.4f}"},
    {"exact_error", "± of it", [](const OracleRow& r) { return r.result.exact.error; }, "{:.1e}"},
    {"estimate", "λ̂", estimated, "{:.4f}"},
    {"error", "± 95 %", half_width, "{:.4f}"},
    {"off", "off", [](const OracleRow& r) { return r.result.off; }, "{:.2%}"},
    {"tolerance", "allowed", [](const OracleRow& r) { return r.oracle.tolerance; }, "{:.0%}"},
    {"fano", "Fano", [](const OracleRow& r) { return r.result.estimate.fano; }, "{:.3f}"},
    {"verdict", "verdict", &OracleRow::verdict},
    {"doubtful", "also said", &OracleRow::doubtful}};

const report::Table<OracleRow> shortly{
    {"name", "name", [](const OracleRow& r) { return r.oracle.name; }},
    {"sampler", "sampler", [](const OracleRow& r) { return interp::name_of(r.oracle.sampler.kind); }},
    {"exact", "exact", exact, "{:.4f}"},
    {"estimate", "λ̂", estimated, "{:.4f}"},
    {"error", "± 95 %", half_width, "{:.4f}"},
    {"off", "off", [](const OracleRow& r) { return r.result.off; }, "{:.2%}"},
    {"tolerance", "allowed", [](const OracleRow& r) { return r.oracle.tolerance; }, "{:.0%}"},
    {"verdict", "verdict", &OracleRow::verdict},
    {"doubtful", "also said", &OracleRow::doubtful}};

std::vector<std::string> families(const std::vector<OracleRow>& rows) {
  std::vector<std::string> names;
  for (const OracleRow& row : rows)
    if (std::ranges::find(names, row.family()) == names.end()) names.push_back(row.family());
  return names;
}

// A series a family, x and y of a row with its place.
template <class X, class Y, class Error>
std::vector<report::Series> by_family(const std::vector<OracleRow>& rows, const X& x, const Y& y, const Error& error) {
  std::vector<report::Series> all;
  for (const std::string& family : families(rows)) {
    report::Series s{.label = family, .style = report::SeriesStyle::points};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].family() != family || !std::isfinite(estimated(rows[i]))) continue;
      s.x.push_back(x(rows[i], i));
      s.y.push_back(y(rows[i]));
      s.error.push_back(std::isfinite(error(rows[i])) ? error(rows[i]) : 0);
    }
    if (!s.x.empty()) all.push_back(s);
  }
  return all;
}

}  // namespace

std::string OracleRow::family() const { return oracle.name.substr(0, oracle.name.find('/')); }

std::string OracleRow::verdict() const {
  return std::string(result.passed() ? "pass" : "fail") + (result.wide ? ", wide" : "");
}

std::string OracleRow::doubtful() const {
  std::string names;
  for (const interp::Verdict& v : result.estimate.verdicts)
    if (!v.good) names += (names.empty() ? "" : ", ") + v.name;
  return names;
}

std::vector<Claim> oracle_claims(const std::vector<OracleRow>& rows) {
  std::vector<Claim> claims;
  for (const OracleRow& r : rows) {
    claims.push_back({.id = r.oracle.name,
                      .title = r.oracle.what,
                      .predicted = exact(r),
                      .measured = estimated(r),
                      .tolerance = r.oracle.tolerance * exact(r),
                      .how = "exact at this nβ: " + r.oracle.source});
    if (r.oracle.gamma_law)
      claims.push_back({.id = r.oracle.name,
                        .title = "Fano factor of nβ (L - L(w*)): its law is Gamma(λ, 1)",
                        .predicted = 1.0,
                        .measured = r.result.estimate.fano,
                        .tolerance = 0.05,
                        .how = "closed form"});
  }
  return claims;
}

Json oracle_results(const std::vector<OracleRow>& rows) {
  const auto worst = std::ranges::max_element(rows, {}, [](const OracleRow& r) { return std::abs(tolerances_off(r)); });
  const auto count = [&](const auto& is) { return std::ranges::count_if(rows, is); };
  return {{"count", rows.size()},
          {"passed", count([](const OracleRow& r) { return r.result.passed(); })},
          {"off", count([](const OracleRow& r) { return !r.result.passed(); })},
          {"wide", count([](const OracleRow& r) { return r.result.wide; })},
          {"covered", count([](const OracleRow& r) { return std::abs(r.result.off) <= r.result.uncertainty; })},
          {"worst", {{"name", worst->oracle.name}, {"off", worst->result.off}, {"tolerance", worst->oracle.tolerance}}},
          {"shortly", shortly.json(rows)},
          {"oracles", whole.json(rows)}};
}

std::vector<report::NamedFigure> oracle_figures(const std::vector<OracleRow>& rows) {
  double low = INFINITY, high = 0;
  for (const OracleRow& r : rows) low = std::min(low, exact(r) / 1.3), high = std::max(high, exact(r) * 1.3);
  report::Figure both{.title = "Estimates beside exact values",
                      .x_label = "exact",
                      .y_label = "estimated, with 95 % intervals",
                      .log_x = true,
                      .log_y = true};
  both.series = by_family(
      rows, [](const OracleRow& r, std::size_t) { return exact(r); }, estimated, half_width);
  both.series.push_back(report::straight("equal", {low, high}, {low, high}));
  report::Figure off{.title = "How far they are off",
                     .x_label = "row of the table",
                     .y_label = "off, of what is allowed, with 95 % intervals"};
  off.series = by_family(
      rows, [](const OracleRow&, std::size_t i) { return double(i + 1); }, tolerances_off,
      [](const OracleRow& r) { return r.result.uncertainty / r.oracle.tolerance; });
  double reach = 1.2;
  for (const report::Series& s : off.series)
    for (std::size_t i = 0; i < s.y.size(); ++i) reach = std::max(reach, std::abs(s.y[i]) + s.error[i]);
  off.y_range = {-reach, reach};
  const double last = double(rows.size()) + 1;
  off.series.push_back(report::straight("allowed", {0, last}, {1, 1}));
  off.series.push_back(report::straight("", {0, last}, {-1, -1}));
  return {{"exact_against_estimated", both}, {"deviations", off}};
}

}  // namespace basin::experiments
