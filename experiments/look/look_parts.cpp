// What each word of --do finds.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "autodiff/named_values.h"
#include "core/names.h"
#include "experiments/cli/experiment.h"
#include "experiments/look/look_study.h"
#include "experiments/shared/items.h"
#include "interp/look/cache.h"
#include "interp/look/logit_lens.h"

namespace basin::experiments {
namespace {

using report::Json;

std::string array_file(const RunDirectory& run, const char* name) {
  return (std::filesystem::path(run.arrays()) / name).string();
}

std::vector<ShownEffect> normalised(const interp::Patching& p) {
  std::vector<ShownEffect> shown;
  for (const interp::SiteEffect& e : p.effects) shown.push_back({e.site, e.metric, e.normalised});
  return shown;
}

// What patching of either kind shares: the two runs, a table, a map.
Looked patched(const interp::Patching& p, const LookSubject& subject, const char* name, const std::string& title) {
  const std::vector<ShownEffect> shown = normalised(p);
  const auto strongest = std::ranges::max_element(
      shown, {}, [](const ShownEffect& e) { return std::isfinite(e.effect.mean) ? std::abs(e.effect.mean) : -1; });
  Looked looked{.results = {{"title", title},
                            {"rows", p.rows},
                            {"clean", p.clean.mean},
                            {"clean_error", p.clean.error},
                            {"corrupt", p.corrupt.mean},
                            {"corrupt_error", p.corrupt.error},
                            {"differ", std::isfinite(strongest->effect.mean)},
                            {"strongest", text_of(strongest->site)},
                            {"strongest_effect", strongest->effect.mean},
                            {"residual", p.residual},
                            {"table", effect_table(shown, "share restored")}}};
  if (std::isfinite(strongest->effect.mean))
    looked.figures.push_back(effect_figure(name, shown, title, "share of the difference restored", subject.by));
  return looked;
}

// What --frozen auto means: heads and MLPs, where there are some.
std::vector<std::string> frozen_in(const LookSubject& subject, const Options& o) {
  if (o.words("frozen") != std::vector<std::string>{"auto"}) return o.words("frozen");
  std::vector<std::string> patterns;
  for (const char* pattern : {"*.attn.hook_z", "*.hook_mlp_out"})
    for (const NamedValue& v : named_values(subject.network.model))
      if (matches_glob(pattern, v.name)) {
        patterns.push_back(pattern);
        break;
      }
  return patterns;
}

// With --copies the sites have several programs, which are items: kept in files, and dealt to shards.
interp::PatchOptions kept_patches(const Options& o, const std::string& word, RunDirectory* run) {
  interp::PatchOptions options = patch_options(o);
  if (options.copies == 0 || !run) return options;
  options.runner = [&o, run, word](std::int64_t parts, const std::function<interp::SiteSums(std::int64_t)>& part) {
    const std::vector<std::string> kept = Items::one_at_a_time(o, *run).results(
        word, parts, [&](std::int64_t i) { return fmt::format("{}-{}", word, i); },
        [&](std::int64_t i) {
          interp::SiteSums sums = part(i);
          return bytes_of(sums);
        });
    run->end_shard();
    std::vector<interp::SiteSums> all(kept.size());
    for (std::size_t i = 0; i < kept.size(); ++i) from_bytes(kept[i], all[i]);
    return all;
  };
  return options;
}

}  // namespace

Looked print_values(const LookSubject& subject, const Options& o) {
  const auto values = interp::values_of_row(subject.network.model, subject.network.data, subject.inputs.front(),
                                            o.words("values").empty() ? subject.patterns : o.words("values"));
  using interp::RowValue;
  const report::Table<RowValue> table{
      {"name", "value", &RowValue::name},
      {"shape", "shape", [](const RowValue& v) { return v.value.shape.str(); }},
      {"mean", "mean", [](const RowValue& v) { return v.numbers.mean; }, "{:.4g}"},
      {"rms", "rms", &RowValue::root_mean_square, "{:.4g}"},
      {"min", "min", [](const RowValue& v) { return v.numbers.min; }, "{:.4g}"},
      {"max", "max", [](const RowValue& v) { return v.numbers.max; }, "{:.4g}"},
      {"zeros", "zeros", &RowValue::share_of_zeros, "{:.0%}"},
      {"first", "first numbers", [](const RowValue& v) {
         const auto some = std::span(v.value.data).first(std::min<std::size_t>(4, v.value.data.size()));
         return fmt::format("{:.4g}{}", fmt::join(some, ", "), some.size() < v.value.data.size() ? ", …" : "");
       }}};
  return {.results = {{"row", subject.inputs.front()}, {"table", table.json(values)}}, .figures = {}};
}

Looked cache_values(const LookSubject& subject, const Options& o, const RunDirectory* run) {
  const std::vector<std::string> patterns = o.words("values").empty() ? subject.patterns : o.words("values");
  const NetworkSubject& network = subject.network;
  const auto values = interp::cached_values(network.model, rows_of(network.data, "look"), patterns);
  const double megabytes = double(interp::cache_bytes(values)) / 1e6;
  if (run) {
    say(o, fmt::format("the cache will take {:.1f} MB", megabytes));
    interp::write_cache(network.model, network.data, patterns, array_file(*run, "cache.npz"), patch_options(o).sweep);
  } else {
    interp::cache(network.model, network.data, patterns, patch_options(o).sweep);
  }
  using interp::CachedValue;
  const report::Table<CachedValue> table{
      {"name", "value", &CachedValue::name},
      {"shape", "shape", [](const CachedValue& v) { return v.shape.str(); }},
      {"megabytes", "MB", [](const CachedValue& v) { return double(v.bytes()) / 1e6; }, "{:.2f}"}};
  return {.results = {{"megabytes", megabytes}, {"values", values.size()}, {"table", table.json(values)}},
          .figures = {}};
}

Looked patch_sites(const LookSubject& subject, const Options& o, RunDirectory* run) {
  const interp::PatchData data = subject.pairs();
  interp::Patcher patcher(subject.network.model, subject.sites(), subject.metric, kept_patches(o, "patch", run));
  const double megabytes = double(patcher.bytes()) / 1e6;
  if (run) say(o, fmt::format("patching {} sites takes up to {:.1f} MB a thread", subject.sites().size(), megabytes));
  interp::Patching p = patcher.run(data);
  p.residual = patcher.residual(data);
  if (run) write_effects(normalised(p), array_file(*run, "patch.npz"));
  Looked looked = patched(p, subject, "patch", "Activation patching");
  looked.results["megabytes"] = megabytes;
  return looked;
}

Looked patch_paths(const LookSubject& subject, const Options& o, RunDirectory* run) {
  interp::Paths paths{
      .senders = subject.sites(), .receivers = sites_from(o.text("receivers")), .frozen = frozen_in(subject, o)};
  if (o.words("sites").empty())
    paths.senders = interp::heard_senders(subject.network.model, paths.senders, paths.receivers);
  const interp::Patching p = interp::path_patching(subject.network.model, subject.pairs(), paths, subject.metric,
                                                   kept_patches(o, "path", run));
  if (run) write_effects(normalised(p), array_file(*run, "path.npz"));
  Looked looked = patched(p, subject, "path", "Path patching");
  looked.results["receivers"] = o.text("receivers");
  looked.results["frozen"] = paths.frozen.empty() ? "nothing" : fmt::format("{}", fmt::join(paths.frozen, ", "));
  return looked;
}

Looked ablate_sites(const LookSubject& subject, const Options& o, const RunDirectory* run) {
  interp::Metric metric = subject.metric;
  if (interp::needs_other_label(metric)) metric = {.kind = interp::Metric::Kind::loss};
  const interp::SiteAblation a =
      interp::site_ablation(subject.network.model, subject.network.data, subject.sites(), metric,
                            {.kind = interp::site_ablation_from(o.text("ablation")),
                             .resamples = o.integer("resamples"),
                             .seed = std::uint64_t(o.integer("seed")),
                             .patch = patch_options(o)});
  std::vector<ShownEffect> shown;
  for (const interp::AblatedSite& s : a.sites) shown.push_back({s.site, s.metric, s.change});
  if (run) write_effects(shown, array_file(*run, "ablate.npz"));
  const auto strongest =
      std::ranges::max_element(shown, {}, [](const ShownEffect& e) { return std::abs(e.effect.mean); });
  return {.results = {{"kind", o.text("ablation")},
                      {"metric", text_of(metric)},
                      {"rows", a.rows},
                      {"base", a.base.mean},
                      {"base_error", a.base.error},
                      {"strongest", text_of(strongest->site)},
                      {"strongest_effect", strongest->effect.mean},
                      {"table", effect_table(shown, "change")}},
          .figures = {effect_figure("ablate", shown, fmt::format("{} ablation", o.text("ablation")),
                                    fmt::format("change of {}", text_of(metric)), subject.by)}};
}

Looked see_layers(const LookSubject& subject, const Options& o) {
  const NetworkSubject& network = subject.network;
  const std::vector<std::string> stream =
      o.words("stream").empty() ? interp::residual_stream(network.model) : o.words("stream");
  const interp::LogitLens lens = interp::logit_lens(network.model, network.data, stream,
                                                    {.sweep = patch_options(o).sweep, .top = o.integer("top")});
  using interp::LensLayer;
  const report::Table<LensLayer> table{{"value", "stream", &LensLayer::value},
                                       {"loss", "loss", &LensLayer::loss, "{:.4g}"},
                                       {"accuracy", "accuracy", &LensLayer::accuracy, "{:.1%}"},
                                       {"agreement", "as the last", &LensLayer::agreement, "{:.1%}"},
                                       {"kl", "KL, nats", &LensLayer::kl, "{:.4g}"},
                                       {"top", "likeliest, in the mean", [](const LensLayer& l) {
                                          std::string text;
                                          for (const interp::LensToken& t : l.top)
                                            text += fmt::format("{}{} ({:.1f}%)", text.empty() ? "" : ", ", t.token,
                                                                100 * t.probability);
                                          return text;
                                        }}};
  report::Figure figure{.title = "Logit lens", .x_label = "stream", .y_label = "KL to the last layer, nats"};
  report::Series s{.label = "", .style = report::SeriesStyle::lines_points};
  for (std::size_t l = 0; l < lens.layers.size(); ++l) {
    s.x.push_back(double(l)), s.y.push_back(lens.layers[l].kl);
    if (lens.layers.size() <= 8)
      figure.x_names.push_back(lens.layers[l].value.substr(lens.layers[l].value.find('.') + 1));
  }
  figure.series = {s};
  return {.results = {{"rows", lens.rows},
                      {"layers", lens.layers.size()},
                      {"residual", lens.residual},
                      {"table", table.json(lens.layers)}},
          .figures = {{"lens", figure}}};
}

}  // namespace basin::experiments
