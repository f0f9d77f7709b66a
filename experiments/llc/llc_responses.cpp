#include <fmt/format.h>

#include "experiments/llc/llc_study.h"

namespace basin::experiments {

report::Json response_results(const LlcFindings& f) {
  using OfClass = interp::ResponseReport::OfClass;
  using OfRow = interp::ResponseReport::OfRow;
  const report::Table<OfClass> classes{
      {"name", "class", &OfClass::name},
      {"rows", "rows", &OfClass::rows},
      {"weight", "if its rows weigh more", [](const OfClass& c) { return c.weight.value; }, "{:.3g}"},
      {"weight_error", "±", [](const OfClass& c) { return c.weight.error; }, "{:.1g}"},
      {"weight_decided", "decided", [](const OfClass& c) { return c.weight.decided(); }},
      {"share", "if its share grows", [](const OfClass& c) { return c.share.value; }, "{:.3g}"},
      {"share_error", "±", [](const OfClass& c) { return c.share.error; }, "{:.1g}"},
      {"share_decided", "decided", [](const OfClass& c) { return c.share.decided(); }}};
  const report::Table<OfRow> rows{{"row", "row", &OfRow::row},
                                  {"value", "if it weighs more", &OfRow::value, "{:.3g}"},
                                  {"error", "±", &OfRow::error, "{:.1g}"},
                                  {"decided", "decided", &OfRow::decided}};
  report::Json all = report::Json::array();
  for (const LlcPoint& p : f.points) {
    if (!p.responses) continue;
    const interp::ResponseReport& r = *p.responses;
    all.push_back({{"n_beta", r.n_beta},
                   {"places", r.places},
                   {"chains", r.chains},
                   {"mean", r.mean.mean},
                   {"mean_error", r.mean.error},
                   {"has_classes", !r.classes.empty()},
                   {"classes", classes.json(r.classes)},
                   {"rows", rows.json(r.most_influential)}});
  }
  return all;
}

}  // namespace basin::experiments
