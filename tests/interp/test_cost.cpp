#include "interp/degeneracy/cost.h"

#include <doctest/doctest.h>

#include "core/error.h"

using namespace basin;
using namespace basin::interp;

namespace {

ReluNet net_of(const std::vector<std::int64_t>& widths) {
  ReluNet net;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    net.weights.emplace_back(Shape{widths[l + 1], widths[l]});
    net.biases.emplace_back(widths[l + 1]);
  }
  return net;
}

}  // namespace

// A whole count on one core (Xeon, AVX-512, OpenBLAS): its processor time and peak of memory.
TEST_CASE("the estimate is near what was measured") {
  struct Measured {
    std::vector<std::int64_t> widths;
    std::int64_t samples;
    double seconds, megabytes;
  };
  for (const Measured& m : std::vector<Measured>{{{20, 25, 20, 5}, 4000, 0.83, 84},
                                                 {{30, 40, 30, 5}, 4000, 3.44, 238},
                                                 {{64, 100, 60, 10}, 150, 8.0, 407},
                                                 {{64, 100, 60, 10}, 300, 36.9, 1023},
                                                 {{64, 40, 10}, 1000, 2.95, 240},
                                                 {{64, 60, 10}, 1437, 8.79, 511},
                                                 {{784, 100, 10}, 30, 2.43, 570}}) {
    CAPTURE(m.samples);
    const Cost cost = exact_cost(net_of(m.widths), m.samples);
    CHECK(cost.bytes > 0.9 * m.megabytes * 1e6);
    CHECK(cost.bytes < 2.5 * m.megabytes * 1e6);
    CHECK(cost.seconds > 0.5 * m.seconds);
    CHECK(cost.seconds < 4 * m.seconds);
    CHECK(cost.flops > 1e9 * m.seconds);
  }
}

TEST_CASE("the smaller side decides: many parameters and few rows are cheap, and threads share the time") {
  const Cost few = exact_cost(net_of({64, 400, 400, 10}), 50), many = exact_cost(net_of({64, 400, 400, 10}), 5000);
  CHECK(few.bytes < 4e9);
  CHECK(few.seconds < 30);
  CHECK(many.bytes > 2e10);
  CHECK(many.seconds > 1000);
  CHECK(exact_cost(net_of({4, 6, 2}), 100).bytes < 5e7);
  for (std::int64_t n : {10, 100, 1000, 10000}) {
    const ReluNet net = net_of({20, 30, 4});
    CHECK(exact_cost(net, 2 * n).bytes >= exact_cost(net, n).bytes);
    CHECK(exact_cost(net, 2 * n).seconds > exact_cost(net, n).seconds);
    CHECK(exact_cost(net, n, 4).seconds == doctest::Approx(exact_cost(net, n).seconds / 4));
  }
}

TEST_CASE("costs are said in words, and refused beyond the memory there is") {
  CHECK(cost_text({.bytes = 1.44e9, .flops = 0, .seconds = 12.4 * 60}) == "about 1.4 GB of memory and 12 minutes");
  CHECK(cost_text({.bytes = 3.2e7, .flops = 0, .seconds = 0.01}) == "about 32 MB of memory and 2 seconds");
  CHECK(cost_text({.bytes = 1e12, .flops = 0, .seconds = 5 * 3600}) == "about 1000.0 GB of memory and 5 hours");
  CHECK(cost_text({.bytes = 1, .flops = 0, .seconds = 1e6}) == "about 1 MB of memory and 12 days");
  const Cost cost{.bytes = 2e9, .flops = 0, .seconds = 100};
  require_memory(cost, 3e9, "net");
  CHECK_THROWS_WITH_AS(require_memory(cost, 1e9, "net"),
                       "net: exact ranks need about 2.0 GB of memory and 2 minutes, and 1.0 GB are free; help: "
                       "--scaled counts on a scale in memory of N; --rows takes fewer rows",
                       ResourceError);
}
