// Tests of lab 07: tables that are planted, of which all is known, and the trained network, of which basin's own
// Fourier labels know it too.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "interp/look/fourier.h"
#include "interp/look/fourier_labels.h"
#include "lab.h"

using basin::Matrix;
using basin::Rng;

namespace {

constexpr std::int64_t p = lab::modulus;

double wave(std::int64_t k, std::int64_t a, double phase = 0) {
  return std::cos(2 * std::numbers::pi * double(k * a) / double(p) + phase);
}

// Two different frequencies.
std::pair<std::int64_t, std::int64_t> two(Rng& rng) {
  const std::int64_t k = 1 + std::int64_t(rng.below(p / 2)), step = 1 + std::int64_t(rng.below(p / 2 - 1));
  return {k, 1 + (k - 1 + step) % (p / 2)};
}

double squares(const Matrix& m) { return basin::dot(m.data, m.data); }

double largest_difference(const Matrix& a, const Matrix& b) {
  double most = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

// f(x, y) = level + Σ height cos(2π (k x + l y)/p + phase).
struct Term {
  std::int64_t k, l;
  double height, phase;
};
std::vector<double> function_of(double level, const std::vector<Term>& terms) {
  std::vector<double> f;
  for (std::int64_t x = 0; x < p; ++x)
    for (std::int64_t y = 0; y < p; ++y) {
      f.push_back(level);
      for (const Term& t : terms) f.back() += t.height * wave(1, t.k * x + t.l * y, t.phase);
    }
  return f;
}

}  // namespace

TEST_CASE("[1] a planted wave has its power at its frequency, whatever its phase") {
  Rng rng = lab::student_rng("lab07 power");
  const auto [k, l] = two(rng);
  const double mean = rng.uniform(1, 2), first = rng.uniform(1, 2), second = rng.uniform(3, 4),
               phase = rng.uniform(0, 6);
  Matrix table({p, 2});
  for (std::int64_t a = 0; a < p; ++a) {
    table(a, 0) = mean + first * wave(k, a, phase);
    table(a, 1) = second * wave(l, a, 2 * phase);
  }
  const auto power = lab::power_of(table);
  REQUIRE_MESSAGE(power.size() == (p + 1) / 2, power.size(), " frequencies, wanted 0 … ", p / 2);
  for (std::int64_t i = 0; i <= p / 2; ++i) {
    // Over a whole turn the square of a cosine is ½ in the mean.
    const double wanted = i == 0   ? mean * mean * p
                          : i == k ? first * first * p / 2
                          : i == l ? second * second * p / 2
                                   : 0;
    CHECK_MESSAGE(std::abs(power[std::size_t(i)] - wanted) < 1e-9, "frequency ", i, " has ", power[std::size_t(i)],
                  ", wanted ", wanted,
                  "; take cosine and sine, add up columns, and mind that frequency 0 has no partner");
  }
}

TEST_CASE("[1] powers add up to the sum of squares, and those of the network are as basin sees them") {
  Rng rng = lab::student_rng("lab07 parseval");
  const Matrix noise = basin::normal_matrix(p, 3, rng), embedding = lab::network_at(8000).embedding();
  for (const Matrix* table : {&noise, &embedding}) {
    const auto power = lab::power_of(*table), exact = basin::interp::fourier_power(*table);
    double sum = 0;
    for (const double x : power) sum += x;
    CHECK_MESSAGE(sum == doctest::Approx(squares(*table)), "powers add up to ", sum, ", the squares to ",
                  squares(*table));
    for (std::size_t i = 0; i < exact.size(); ++i)
      CHECK_MESSAGE(power.at(i) == doctest::Approx(exact[i]), "frequency ", i, " has ", power[i], ", wanted ",
                    exact[i]);
  }
}

TEST_CASE("[1] a planted circle is found as it is, in a table that has more in it") {
  Rng rng = lab::student_rng("lab07 circle");
  const auto [k, other] = two(rng);
  const double radius = rng.uniform(1, 3);
  Matrix table({p, 5});  // the circle lies in columns 1 and 3, a wave of another frequency and a level in the others
  for (std::int64_t a = 0; a < p; ++a) {
    table(a, 0) = 2 * wave(other, a), table(a, 2) = 5, table(a, 4) = wave(other, a, 1);
    table(a, 1) = 7 + radius * wave(k, a), table(a, 3) = radius * wave(k, a, -std::numbers::pi / 2);
  }
  const Matrix plane = lab::circle_of(table, k);
  REQUIRE(plane.shape == basin::Shape{p, 2});
  for (std::int64_t a = 0; a < p; ++a) {
    const double x = radius * wave(k, a), y = radius * wave(k, a, -std::numbers::pi / 2);
    CHECK_MESSAGE(std::hypot(plane(a, 0) - x, plane(a, 1) - y) < 1e-9, "number ", a, " lies at (", plane(a, 0), ", ",
                  plane(a, 1), "), wanted (", x, ", ", y,
                  "); are the rows taken less their mean, the axes of length 1, and "
                  "the sine with its own sign?");
  }
}

TEST_CASE("[1] the circle of the network: its numbers lie around it in the order of k a") {
  const Matrix embedding = lab::network_at(8000).embedding();
  const std::int64_t k = basin::interp::strongest_frequency(basin::interp::fourier_power(embedding));
  const Matrix plane = lab::circle_of(embedding, k), exact = basin::interp::fourier_plane(embedding, k);
  REQUIRE(plane.shape == exact.shape);
  CHECK_MESSAGE(largest_difference(plane, exact) < 1e-9, "the plane of frequency ", k, " differs from basin's by ",
                largest_difference(plane, exact),
                ", while that of a planted circle may be right: here cosine and sine "
                "have directions that are not at right angles");
}

TEST_CASE("[2] the strongest of planted waves, its direction and its share") {
  Rng rng = lab::student_rng("lab07 label");
  const auto [k, l] = two(rng);
  const double phase = rng.uniform(0, 6), tall = rng.uniform(2, 3);
  struct Case {
    const char* what;
    std::vector<Term> terms;
    lab::Wave wanted;
  };
  const double share = tall * tall / (tall * tall + 1);
  const std::vector<Case> cases{
      {"a wave of the sum", {{k, k, tall, phase}, {l, l, 1, 0}}, {k, k, share}},
      {"a wave of the difference", {{k, -k, tall, phase}, {k, k, 1, 1}}, {k, -k, share}},
      {"a wave of x and y with frequencies of their own", {{k, l, tall, phase}, {l, k, 1, 0}}, {k, l, share}},
      {"a wave of x alone", {{k, 0, tall, phase}}, {k, 0, 1}},
      {"a wave of y alone", {{0, l, 1, phase}}, {0, l, 1}},
      {"a wave said with -k", {{-k, l, 1, phase}}, {k, -l, 1}}};
  for (const Case& c : cases) {
    const lab::Wave w = lab::strongest_wave(function_of(7, c.terms), p);
    CHECK_MESSAGE((w.k == c.wanted.k && w.l == c.wanted.l), c.what, ": found (", w.k, ", ", w.l, "), wanted (",
                  c.wanted.k, ", ", c.wanted.l, "); row x p + y, and x goes with k");
    CHECK_MESSAGE(w.share == doctest::Approx(c.wanted.share), c.what, ": its share is ", w.share, ", wanted ",
                  c.wanted.share, "; the mean is taken away before, and a wave has a partner at (-k, -l)");
  }
  CHECK_MESSAGE(lab::strongest_wave(function_of(7, {}), p).share == 0, "a constant has no wave: share 0");
}

TEST_CASE("[1] the neurons of the network are waves as basin labels them") {
  const Matrix neurons = lab::neurons_of(lab::network_at(8000));
  const Matrix shares = basin::interp::frequency_shares(neurons, p);
  std::int64_t alive = 0;
  for (std::int64_t n = 0; n < neurons.cols() && alive < 8; ++n) {
    std::vector<double> f;
    for (std::int64_t r = 0; r < p * p; ++r) f.push_back(neurons(r, n));
    // Independently: the largest coefficient pair of the orthonormal basis, split into sum and difference (§5.8).
    const Matrix c = basin::interp::fourier_coefficients(neurons, n, basin::interp::fourier_basis(p));
    double most = 0, all = squares(c) - c[0] * c[0];
    if (all < 1e-6) continue;
    ++alive;
    for (std::int64_t k = 0; k <= p / 2; ++k)
      for (std::int64_t l = 0; l <= p / 2; ++l) {
        if (k == 0 && l == 0) continue;
        if (k == 0 || l == 0) {
          const double one =
              k == 0 ? std::hypot(c(0, 2 * l - 1), c(0, 2 * l)) : std::hypot(c(2 * k - 1, 0), c(2 * k, 0));
          most = std::max(most, one * one / all);
          continue;
        }
        const double cc = c(2 * k - 1, 2 * l - 1), cs = c(2 * k - 1, 2 * l), sc = c(2 * k, 2 * l - 1),
                     ss = c(2 * k, 2 * l);
        const double square = cc * cc + cs * cs + sc * sc + ss * ss, det = cc * ss - cs * sc;
        most = std::max({most, (square / 2 - det) / all, (square / 2 + det) / all});
      }
    const lab::Wave w = lab::strongest_wave(f, p);
    CHECK_MESSAGE(w.share == doctest::Approx(most), "neuron ", n, ": the strongest wave holds ", w.share, ", wanted ",
                  most);
  }
  CHECK_MESSAGE(alive >= 4, "the network has ", alive, " neurons that are not constant");
}

TEST_CASE("[1] keeping frequencies: waves of them stay as they are, all others go") {
  Rng rng = lab::student_rng("lab07 keep");
  const auto [k, l] = two(rng);
  const Matrix noise = basin::normal_matrix(p, 4, rng);
  const Matrix kept = lab::keep_frequencies(noise, {k, l});
  REQUIRE(kept.shape == noise.shape);
  const auto before = basin::interp::fourier_power(noise), after = basin::interp::fourier_power(kept);
  for (std::int64_t i = 0; i <= p / 2; ++i) {
    const double wanted = i == 0 || i == k || i == l ? before[std::size_t(i)] : 0;
    CHECK_MESSAGE(std::abs(after[std::size_t(i)] - wanted) < 1e-9, "frequency ", i, " has ", after[std::size_t(i)],
                  ", wanted ", wanted, "; frequency 0, the mean, stays always");
  }
  const Matrix again = lab::keep_frequencies(kept, {l, k});
  CHECK_MESSAGE(largest_difference(kept, again) < 1e-9, "what was kept is kept again: a second time changes nothing");
  double to_the_rest = 0;
  for (std::int64_t i = 0; i < kept.size(); ++i) to_the_rest += kept[i] * (noise[i] - kept[i]);
  CHECK_MESSAGE(std::abs(to_the_rest) < 1e-9, "what is taken out is orthogonal to what stays");
}

TEST_CASE("[1] the network adds with its circle alone, and not without it") {
  lab::Network net = lab::network_at(8000);
  const Matrix embedding = net.embedding();
  const std::int64_t k = basin::interp::strongest_frequency(basin::interp::fourier_power(embedding));
  std::vector<std::int64_t> others;
  for (std::int64_t i = 1; i <= p / 2; ++i)
    if (i != k) others.push_back(i);
  net.set_embedding(lab::keep_frequencies(embedding, {k}));
  const lab::Accuracy with = lab::accuracy_of(lab::logits_of(net));
  net.set_embedding(lab::keep_frequencies(embedding, others));
  const lab::Accuracy without = lab::accuracy_of(lab::logits_of(net));
  CHECK_MESSAGE(with.others > 0.5, "with frequency ", k, " alone it gets ", with.others, " of unseen pairs right");
  CHECK_MESSAGE(without.others < 0.25, "without frequency ", k, " it gets ", without.others, " of unseen pairs right");
}

TEST_CASE("[1] the share of the sum is that of the waves cos(k (x + y))") {
  Rng rng = lab::student_rng("lab07 rule");
  const auto [k, l] = two(rng);
  const double a = rng.uniform(1, 2), b = rng.uniform(1, 2), c = rng.uniform(1, 2);
  const auto sum = function_of(3, {{k, k, a, 1}, {l, l, b, 2}});
  const auto rest = function_of(0, {{k, -k, c, 0}, {k, l, 1, 1}});
  Matrix logits({p * p, 2});
  for (std::int64_t r = 0; r < p * p; ++r) {
    logits(r, 0) = sum[std::size_t(r)] + rest[std::size_t(r)];
    logits(r, 1) = 5 + wave(k, r / p + r % p);
  }
  const double kept = a * a + b * b + 1, wanted = kept / (kept + c * c + 1);
  const double share = lab::share_of_the_sum(logits, p);
  CHECK_MESSAGE(share == doctest::Approx(wanted), "the share is ", share, ", wanted ", wanted,
                "; levels of outputs are no variance, and sums are modulo p");
}
