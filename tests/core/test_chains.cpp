#include "core/chains.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "ar1.h"
#include "core/autocorrelation.h"
#include "core/error.h"
#include "core/file.h"
#include "core/matrix.h"
#include "core/r_hat.h"

using namespace basin;

namespace {

const nlohmann::json& known() {
  static const auto all = nlohmann::json::parse(read_file(BASIN_SOURCE_DIR "/tests/golden/chains/chains.json"));
  return all;
}

Matrix traces_of(const nlohmann::json& of) {
  const auto shape = of.at("shape").get<std::vector<std::int64_t>>();
  return {{shape[0], shape[1]}, of.at("traces").get<std::vector<double>>()};
}

doctest::Approx value(const nlohmann::json& of, const char* name, double epsilon = 1e-10) {
  return doctest::Approx(of.at(name).get<double>()).epsilon(epsilon);
}

Matrix independent(std::int64_t chains, std::int64_t draws, const char* name) {
  Rng rng(1, name);
  return normal_matrix(chains, draws, rng);
}

template <class Error, class Call>
void check_refused(const Call& call, const std::string& text) {
  try {
    call();
    FAIL("nothing was refused; wanted: " << text);
  } catch (const Error& e) {
    CHECK_MESSAGE(std::string(e.what()).find(text) != std::string::npos, e.what());
  }
}

}  // namespace

TEST_CASE("the numbers of numpy and scipy") {
  REQUIRE(known().size() == 3);
  for (const auto& g : known()) {
    CAPTURE(g.at("name").get<std::string>());
    const Matrix traces = traces_of(g);
    const ChainMean m = chain_mean(traces);
    CHECK(m.mean == value(g, "mean"));
    CHECK(m.within_error == value(g, "within_error"));
    CHECK(m.between_error == value(g, "between_error"));
    CHECK(m.iat == value(g, "iat"));
    CHECK(m.ess == value(g, "ess"));
    CHECK(m.r_hat == value(g, "r_hat"));
    CHECK(m.lower == value(g, "lower", 1e-3));  // Student's quantiles are
    CHECK(m.upper == value(g, "upper", 1e-3));
    CHECK(m.error == doctest::Approx((m.upper - m.lower) / 2 / 1.959964));
    const auto wanted = g.at("autocovariance").get<std::vector<double>>(), got = autocovariance(traces, 5);
    for (std::size_t k = 0; k < 6; ++k) CHECK(got[k] == doctest::Approx(wanted[k]).epsilon(1e-12));
  }
}

TEST_CASE("by hand: autocovariances, and Geyer's sequence up to its first pair that is not positive") {
  const Matrix x({1, 4}, {1, 1, -1, -1});
  CHECK(autocovariance(x, 3) == std::vector<double>{1, 0.25, -0.5, -0.25});
  CHECK(within_variance(x) == doctest::Approx(4.0 / 3));
  // Sums of pairs are 24, 1, 3, -8 over 20: the third may not be larger than the second, the fourth ends the sequence.
  const Matrix y({1, 10}, {-2, -1, -1, -1, 2, -1, 0, 0, 2, 2});
  CHECK(integrated_autocorrelation_time(y) == doctest::Approx(2 * (24 + 1 + 1) / 20.0 - 1));
}

TEST_CASE("chains that alternate have more effective draws than draws, to a limit") {
  const Matrix x = ar1(4, 20000, -0.5, "alternating");
  CHECK(effective_sample_size(x) == doctest::Approx(3 * 80000).epsilon(0.05));
  Matrix strict({2, 500});
  for (std::int64_t i = 0; i < strict.size(); ++i) strict[i] = i % 2 ? 1 : -1;
  CHECK(integrated_autocorrelation_time(strict) == doctest::Approx(1.0 / 3));  // 1 / log10(1000)
  CHECK(effective_sample_size(strict) == doctest::Approx(3000));
}

TEST_CASE("independent draws are worth what they are") {
  const Matrix x = independent(4, 50000, "independent");
  CHECK(effective_sample_size(x) == doctest::Approx(200000).epsilon(0.03));
  const ChainMean m = chain_mean(x);
  CHECK(m.within_error == doctest::Approx(1 / std::sqrt(200000.0)).epsilon(0.03));
  CHECK(m.r_hat < 1.001);
}

TEST_CASE("R-hat: chains that agree, and four ways in which chains do not") {
  const Matrix good = ar1(4, 2000, 0.5, "good");
  Matrix apart = good, wide = good, trend = good, heavy = good;
  for (double& x : apart.row(1)) x += 2;
  for (double& x : wide.row(2)) x *= 1.5;
  for (std::int64_t c = 0; c < 4; ++c)
    for (std::int64_t t = 0; t < 2000; ++t) trend(c, t) += double(t) / 2000, heavy(c, t) = std::exp(20 * heavy(c, t));
  CHECK(split_r_hat(good) < 1.01);
  CHECK(split_r_hat(heavy) < 1.01);  // ranks are the same
  CHECK(split_r_hat(apart) > 1.1);
  CHECK(split_r_hat(wide) > 1.01);  // by the folded one
  CHECK(split_r_hat(trend) > 1.02);
  CHECK(split_r_hat(rows_of(trend, 0, 1)) > 1.02);  // one chain, its halves
  CHECK(effective_sample_size(apart) < 0.1 * effective_sample_size(good));
}

TEST_CASE("R-hat of two values that have one distance from their median") {
  Matrix coin = independent(4, 1000, "coin");
  for (double& x : coin.data) x = x > 0 ? 1 : 0;
  CHECK(split_r_hat(coin) < 1.01);
  for (double& x : coin.row(0)) x = 1;
  CHECK(split_r_hat(coin) > 1.05);
}

TEST_CASE("the wider interval counts: between chains that are apart, within a single one") {
  Matrix apart = independent(4, 200, "apart");
  for (std::int64_t c = 0; c < 4; ++c)
    for (double& x : apart.row(c)) x += double(c);
  const ChainMean m = chain_mean(apart), one = chain_mean(rows_of(apart, 0, 1));
  CHECK(m.between_error > 5 * m.within_error);
  CHECK(m.upper - m.mean == doctest::Approx(3.18245 * m.between_error));
  CHECK(m.lower == doctest::Approx(2 * m.mean - m.upper));
  CHECK(std::isnan(one.between_error));
  CHECK(one.error == doctest::Approx(one.within_error));
  CHECK(one.upper == doctest::Approx(one.mean + 1.959964 * one.within_error));
  const ChainMean alike = chain_mean(Matrix({2, 4}, {1, 2, 4, 1, 4, 1, 1, 2}));  // equal means
  CHECK(alike.between_error == 0);
  CHECK(alike.error == doctest::Approx(alike.within_error));
}

TEST_CASE("chains that do not move have a mean and nothing else") {
  const Matrix stuck({3, 50}, 0.1);
  const ChainMean m = chain_mean(stuck);
  CHECK(m.mean == 0.1);
  CHECK(m.between_error == 0);
  CHECK(std::isinf(m.error));
  CHECK(m.lower == -INFINITY);
  CHECK(m.upper == INFINITY);
  for (double nothing : {m.within_error, m.iat, m.ess, m.r_hat}) CHECK(std::isnan(nothing));
  CHECK(drift(stuck).z == 0);
  CHECK(burn_in(stuck).draws == 0);
  CHECK(burn_in(stuck).settled);
  Matrix each = stuck;
  for (double& x : each.row(1)) x = 0.2;
  CHECK(std::isinf(chain_mean(each).r_hat));
  CHECK(std::isinf(chain_mean(each).error));
  CHECK(chain_mean(each).ess < 10);
}

TEST_CASE("what no statistic is made of") {
  const Matrix short_one({4, 3}, 1.0);
  check_refused<UsageError>([&] { chain_mean(short_one); }, "chain_mean: 4 chains of 3 draws given, wanted at least");
  check_refused<UsageError>([&] { chain_mean(Matrix({2, 1})); }, "2 chains of 1 draws");
  check_refused<UsageError>([] { chain_mean(Matrix({0, 10})); }, "0 chains");
  check_refused<UsageError>([] { split_r_hat(Matrix({4})); }, "split_r_hat: traces [4] given, wanted [chains, draws]");
  check_refused<UsageError>([&] { drift(short_one); }, "drift: ");
  check_refused<UsageError>([] { burn_in(Matrix({1, 39}, 1.0)); }, "40 draws in each");
  check_refused<UsageError>([&] { effective_sample_size(short_one); }, "effective_sample_size: ");
  check_refused<UsageError>([] { fano_factor(std::vector<double>{1}); }, "fano_factor: ");
  check_refused<UsageError>([] { fano_factor({}); }, "fano_factor: 1 chains of 0 draws");
  for (std::int64_t last : {-1, 3})
    check_refused<UsageError>([&] { autocovariance(short_one, last); }, "wanted from 0 to 2");
  Matrix bad({4, 50}, 1.0);
  bad(2, 17) = NAN;
  check_refused<NumericalError>([&] { chain_mean(bad); }, "chain_mean: draw 17 of chain 2 is nan");
  check_refused<NumericalError>([&] { burn_in(bad); }, "burn_in: draw 17 of chain 2 is nan (4 chains of 50 draws)");
  bad(2, 17) = INFINITY;
  check_refused<NumericalError>([&] { integrated_autocorrelation_time(bad); }, "is inf");
}

TEST_CASE("Fano factors: by hand, of counts, of constants") {
  CHECK(fano_factor(std::vector<double>{1, 2, 3}) == doctest::Approx(0.5));
  CHECK(fano_factor(std::vector<double>{0.1, 0.1, 0.1}) == 0);
  CHECK(std::isinf(fano_factor(std::vector<double>{-1, 1})));
  CHECK(std::isnan(fano_factor(std::vector<double>{0, 0})));
  Rng rng(1, "events");
  std::vector<double> counts(20000);  // of 100 chances of 3 %: variance / mean is 0.97
  for (double& n : counts)
    for (int chance = 0; chance < 100; ++chance) n += rng.uniform() < 0.03;
  CHECK(fano_factor(counts) == doctest::Approx(0.97).epsilon(0.05));
}
