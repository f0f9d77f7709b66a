#include "experiments/claims/claim_nets.h"

#include "interp/layers/plain_loops.h"

namespace basin::experiments {
namespace {

ClaimValue measured(const Counts& counts, double min_gap) {
  const std::string list = fmt::format("{}", fmt::join(counts.of_nets, ", "));
  if (!counts.flaw.empty()) return list + counts.flaw;
  if (counts.gap < min_gap) return fmt::format("{} with a spectral gap of {:.1g}", list, counts.gap);
  return common_value(counts.of_nets);
}

}  // namespace

ClaimNet claim_net(nn::PlantedNet planted) {
  return {{std::move(planted.weights), std::move(planted.biases)}, std::move(planted.x)};
}

interp::DegeneracyOptions claim_options(const ClaimSettings& settings) {
  return {.sweep = {.threads = settings.threads}};
}

DegeneracyReport degeneracy_of(const ClaimNet& data, const ClaimSettings& settings) {
  return interp::degeneracy(data.net, data.x, claim_options(settings));
}

KindCounts kind_counts(const std::string& family, const ClaimNet& data, const ClaimSettings& settings) {
  return interp::kind_counts(degeneracy_of(data, settings), family);
}

std::string draw_name(std::int64_t i, int again) {
  return again ? fmt::format("{}/again/{}", i, again) : std::to_string(i);
}

ClaimNet far_from_kinks(ClaimNet net, double margin) {
  std::vector<Matrix> pre = interp::plain_pre_activations(net.net, net.x);
  pre.pop_back();
  Matrix kept({0, net.x.cols()});
  for (std::int64_t s = 0; s < net.x.rows(); ++s) {
    const auto near = [&](const Matrix& p) {
      return std::ranges::any_of(p.row(s), [&](double v) { return std::abs(v) <= margin; });
    };
    if (std::ranges::any_of(pre, near)) continue;
    kept.data.insert(kept.data.end(), net.x.row(s).begin(), net.x.row(s).end());
    ++kept.shape[0];
  }
  net.x = std::move(kept);
  return net;
}

ClaimNet with_room(const std::function<ClaimNet(Rng)>& make, const Rng& rng, std::int64_t i) {
  for (int again = 0;; ++again) {
    ClaimNet drawn = make(rng.stream(draw_name(i, again)));
    const std::int64_t samples = drawn.x.rows();
    if (again == 20 || far_from_kinks(drawn, 1e-4).x.rows() == samples) return drawn;
  }
}

Counts free_directions_of(const std::vector<DegeneracyReport>& nets) {
  return counts_of(nets, &DegeneracyReport::free_directions, &DegeneracyReport::smallest_gap);
}

void expect_common(ClaimTable& table, const ClaimSettings& settings, const std::string& title, std::int64_t predicted,
                   const Counts& counts, const std::string& how) {
  table.expect(title, predicted, measured(counts, settings.min_gap))
      .because(fmt::format("{}, smallest spectral gap {:.1g}", how, counts.gap));
}

void expect_counts(ClaimTable& table, const ClaimSettings& settings, const std::vector<PlantedSetting>& list) {
  for (const PlantedSetting& setting : list) {
    const std::vector<DegeneracyReport> nets = planted_draws(
        setting.plan, settings.nets, Rng(settings.seed, "claims/" + table.id() + "/" + setting.title), settings.threads,
        [&](const ClaimNet& data) { return degeneracy_of(data, settings); }, &DegeneracyReport::smallest_gap);
    Counts counts = free_directions_of(nets);
    const auto bounded = [](const DegeneracyReport& net) { return net.formula() <= net.free_directions(); };
    if (!std::ranges::all_of(nets, bounded)) counts.flaw = ", below bound (*)";
    expect_common(table, settings, setting.title, setting.predicted, counts,
                  fmt::format("arithmetic: {}, on planted sizes; measured: N - rank J of {} networks",
                              setting.arithmetic, settings.nets));
  }
}

}  // namespace basin::experiments
