#include "interp/llc/responses.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/chain_cumulants.h"
#include "core/statistics.h"

namespace basin::interp {
namespace {

Matrix traces_of(const Tensor<double>& scalar, const std::string& name) {
  if (scalar.shape.rank() != 2)
    throw UsageError(
        fmt::format("responses: observable '{}' has {} numbers at each place, wanted a scalar; help: take a "
                    "mean or one entry of it",
                    name, scalar.size() / (scalar.shape[0] * scalar.shape[1])));
  return scalar;
}

std::vector<ResponseReport::OfRow> most_influential(const CovarianceTable& of_rows, std::int64_t most) {
  std::vector<ResponseReport::OfRow> rows;
  for (std::int64_t i = 0; i < of_rows.value.cols(); ++i) rows.push_back({i, of_rows.value[i], of_rows.error[i]});
  std::ranges::stable_sort(rows, std::ranges::greater{}, [](const auto& r) { return std::abs(r.value); });
  rows.resize(std::size_t(std::clamp<std::int64_t>(most, 0, std::ssize(rows))));
  return rows;
}

}  // namespace

std::vector<DataClass> classes_by(std::span<const double> labels, std::span<const std::string> names) {
  std::map<double, std::vector<std::int64_t>> rows;
  for (std::size_t i = 0; i < labels.size(); ++i) rows[labels[i]].push_back(std::int64_t(i));
  std::vector<DataClass> classes;
  for (auto& [label, own] : rows) {
    const bool named = label >= 0 && label < double(names.size()) && label == std::floor(label);
    classes.push_back({named ? names[std::size_t(label)] : fmt::format("{:g}", label), std::move(own)});
  }
  return classes;
}

Matrix loss_change(const Tensor<double>& row_losses, const DataClass& of, Reweighting how) {
  const std::int64_t n = row_losses.cols();
  const bool inside = std::ranges::all_of(of.rows, [&](std::int64_t row) { return row >= 0 && row < n; });
  if (of.rows.empty() || !inside)
    throw UsageError(fmt::format("responses: class '{}' has {}, wanted some of rows 0 to {}", of.name,
                                 of.rows.empty() ? "no rows" : "a row that is not there", n - 1));
  Matrix change({row_losses.shape[0], row_losses.shape[1]});
  for (std::int64_t place = 0; place < change.size(); ++place) {
    const std::span<const double> losses = row_losses.row(place);
    double sum = 0;
    for (const std::int64_t row : of.rows) sum += losses[std::size_t(row)];
    change[place] = how == Reweighting::weight
                        ? sum / double(n)
                        : sum / double(of.rows.size()) - std::accumulate(losses.begin(), losses.end(), 0.0) / double(n);
  }
  return change;
}

bool Response::decided() const { return std::abs(value) > normal_95 * error; }
bool ResponseReport::OfRow::decided() const { return std::abs(value) > normal_95 * error; }

Response response(const Matrix& observable, const Matrix& loss_change, double n_beta) {
  const ChainMean covariance = chain_covariance(observable, loss_change);
  return {-n_beta * covariance.mean, n_beta * covariance.error, covariance};
}

CovarianceTable influences(const Tensor<double>& observables, const Tensor<double>& row_losses, double n_beta,
                           int threads) {
  CovarianceTable table = chain_covariances(observables, row_losses, threads);
  const double of_one = n_beta / double(row_losses.cols());
  for (double& v : table.value.data) v *= -of_one;
  for (double& v : table.error.data) v *= of_one;
  return table;
}

ResponseReport respond(const LocalPosterior& posterior, const Chains& chains, const ResponseSpec& spec) {
  const Places places = counted_places(chains);
  const std::vector<Tensor<double>> seen = observe(posterior, places, {spec.observable, row_losses()}, spec.threads);
  const Matrix phi = traces_of(seen[0], spec.observable.name);
  const Tensor<double>& losses = seen[1];
  ResponseReport report{.observable = spec.observable.name,
                        .rows = losses.cols(),
                        .chains = places.chains,
                        .left_out = chains.u.rows() - places.chains,
                        .places = places.kept(),
                        .n_beta = posterior.n_beta,
                        .mean = chain_mean(phi)};
  for (const DataClass& c : spec.classes) {
    const auto to = [&](Reweighting how) { return response(phi, loss_change(losses, c, how), posterior.n_beta); };
    report.classes.push_back({c.name, std::ssize(c.rows), to(Reweighting::weight), to(Reweighting::share)});
  }
  const Tensor<double> one({phi.shape[0], phi.shape[1], 1}, phi.data);
  report.most_influential = most_influential(influences(one, losses, posterior.n_beta, spec.threads), spec.most);
  return report;
}

}  // namespace basin::interp
