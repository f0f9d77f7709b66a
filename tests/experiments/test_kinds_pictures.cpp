#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/file.h"
#include "experiments/kinds/kinds_findings.h"
#include "experiments/kinds/kinds_pictures.h"
#include "tests/core/temp_folder.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::experiments;

namespace {

const std::vector<KindPicture>& pictures() {
  static const std::vector<KindPicture> all = kind_pictures();
  return all;
}

const KindPicture& picture(const std::string& name) {
  const auto found = std::ranges::find(pictures(), name, &KindPicture::name);
  REQUIRE(found != pictures().end());
  return *found;
}

// How many points of a spectrum stand above its cliff; 0 if some are neither high up nor on the ground.
std::int64_t before_cliff(const report::Series& s) {
  const auto high = std::ranges::count_if(s.y, [](double y) { return y > 1e-4; });
  return high + std::ranges::count(s.y, 1e-12) == std::ptrdiff_t(s.y.size()) ? high : 0;
}

// An svg without its numbers, and these.
struct Drawing {
  std::string text;
  std::vector<double> numbers;

  explicit Drawing(const std::string& svg) {
    for (const char* at = svg.c_str(); *at;) {
      char* end = nullptr;
      const bool begins = std::isdigit(*at) || (*at == '-' && std::isdigit(at[1]));
      if (begins)
        numbers.push_back(std::strtod(at, &end)), at = end, text += '0';
      else
        text += *at++;
    }
  }
};

// Equal but for rounding, which may move a point by a hundredth of a pixel.
void check_equal(const std::string& name, const Drawing& committed, const Drawing& made) {
  INFO(name, ".svg in docs/figures is not what degeneracy_kinds draws; run it and copy its figures/", name,
       ".svg there");
  const bool same_texts = committed.text == made.text;  // as values they would fill the screen
  REQUIRE(same_texts);
  CHECK(largest_difference(committed.numbers, made.numbers) < 0.1);
}

// The line that names gnuplot and its version, which draw a little differently.
std::string drawn_by(const std::string& svg) {
  const std::size_t first = svg.find("GNUPLOT");
  return svg.substr(first, svg.find('<', first) - first);
}

}  // namespace

TEST_CASE("low ranks are cliffs in the spectra of activations and gradients") {
  for (const auto& [name, low] : {std::pair{"kind_a_activations", 3 + 1}, {"kind_b_gradients", 2 + 2}}) {
    const KindPicture& p = picture(name);
    REQUIRE(p.figure.series.size() == 3);
    CHECK(before_cliff(p.figure.series[0]) == low);
    CHECK(before_cliff(p.figure.series[1]) == 6);
    CHECK(p.numbers["rank"] == 4);
    CHECK(p.numbers["predicted"] == 12);
  }
}

TEST_CASE("a spectrum without a gap has another rank at another tolerance") {
  const KindPicture& p = picture("spectral_gap");
  CHECK(before_cliff(p.figure.series[0]) == 9);
  CHECK(before_cliff(p.figure.series[1]) == 0);
  CHECK(p.numbers["smooth_rank"] == 12);
  CHECK(p.numbers["smooth_gap"].get<double>() == doctest::Approx(15).epsilon(0.05));
  CHECK(p.numbers["smooth_rank_at_1e_6"] == 10);
  CHECK(p.numbers["smooth_rank_at_1e_11"] == 14);
}

TEST_CASE("blocks are equal rows of the firing patterns, and their free directions add up") {
  const Matrix& map = picture("kind_c_firing").figure.heatmap;
  REQUIRE(map.shape == Shape{2 + 2 + 3 + 2 + 1, 60});
  const auto equal = [&](std::int64_t i, std::int64_t j) { return std::ranges::equal(map.row(i), map.row(j)); };
  CHECK(std::ranges::count(map.row(0), 1.0) == 60);
  CHECK(std::ranges::count(map.row(2), 0.0) == 60);
  for (const auto& [i, j] : {std::pair{0, 1}, {2, 3}, {4, 5}, {5, 6}, {7, 8}}) CHECK(equal(i, j));
  for (const auto& [i, j] : {std::pair{1, 2}, {3, 4}, {6, 7}, {8, 9}}) CHECK_FALSE(equal(i, j));
  const std::int64_t free = 2 * 3 + 2 * (6 + 4) + 3 * 3 + 2 * 2 + 1;
  CHECK(picture("kind_c_firing").numbers["predicted"] == free);
  CHECK(picture("kind_c_firing").numbers["free"] == free);
}

TEST_CASE("conditional low rank shows where the neuron fires, and in the Jacobian of the layer") {
  const KindPicture &inputs = picture("kind_d_inputs"), &jacobian = picture("kind_d_jacobian");
  CHECK(before_cliff(inputs.figure.series[0]) == 5);
  CHECK(before_cliff(inputs.figure.series[1]) == 3);
  CHECK(before_cliff(jacobian.figure.series[0]) == 4 * 5 + 3);
  CHECK(before_cliff(jacobian.figure.series[1]) == 5 * 5);
  CHECK(jacobian.numbers["bound"] == 5);
  CHECK(jacobian.numbers["conditional"] == 7);
  CHECK(jacobian.numbers["free"] == 7);
}

TEST_CASE("the pictures of docs/theory.md are those that the program draws") {
  const TempFolder folder;
  std::int64_t compared = 0;
  for (const KindPicture& p : pictures()) {
    report::write_figure(folder.path(), p.name, p.figure);
    const std::string made = read_file(folder / (p.name + ".svg")),
                      committed = read_file(BASIN_SOURCE_DIR "/docs/figures/" + p.name + ".svg");
    CHECK(read_file(BASIN_SOURCE_DIR "/docs/theory.md").find("figures/" + p.name + ".svg") != std::string::npos);
    if (drawn_by(made) != drawn_by(committed)) continue;
    check_equal(p.name, Drawing(committed), Drawing(made));
    ++compared;
  }
  if (compared == 0) MESSAGE("not compared: this gnuplot is not the version that drew the pictures");
}
