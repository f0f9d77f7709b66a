// Looking into a network as a command: options, run directory, page, terminal.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/blas.h"
#include "core/file.h"
#include "experiments/look/interventions_file.h"
#include "experiments/look/look_cost.h"
#include "experiments/look/look_study.h"
#include "experiments/shared/study.h"
#include "interp/look/logit_lens.h"

namespace basin::experiments {
namespace {

constexpr std::array<const char*, 8> words{"print",     "cache",     "patch",  "path",
                                           "attribute", "integrate", "ablate", "lens"};

std::vector<std::string> asked_for(const Options& o) {
  const std::vector<std::string> all = o.words("do");
  if (all.empty()) throw UsageError(fmt::format("--do: nothing given; wanted some of {}", fmt::join(words, ", ")));
  for (const std::string& word : all)
    if (std::ranges::count(words, word) == 0)
      throw UsageError(fmt::format("--do: '{}' given; wanted some of {}", word, fmt::join(words, ", ")));
  return all;
}

void refuse_unused(const Options& o, const std::vector<std::string>& asked) {
  const auto does = [&](std::initializer_list<const char*> some) {
    return std::ranges::any_of(some, [&](const char* word) { return std::ranges::count(asked, word) > 0; });
  };
  if (!does({"path"})) o.require_unused({"receivers", "frozen"}, "it is for --do path");
  if (!does({"ablate"})) o.require_unused({"ablation", "resamples"}, "it is for --do ablate");
  if (o.text("ablation") != "resample") o.require_unused({"resamples"}, "it is for --ablation resample");
  if (!does({"integrate"})) o.require_unused({"baseline", "points"}, "it is for --do integrate");
  if (!does({"lens"})) o.require_unused({"stream", "top"}, "it is for --do lens");
  if (!does({"print", "cache"})) o.require_unused({"values"}, "it is for --do print and cache");
  if (!does({"patch", "path", "ablate"})) o.require_unused({"copies"}, "it is for --do patch, path and ablate");
  const bool dealt = asked.size() == 1 && does({"patch", "path"}) && o.integer("copies") > 0;
  if (o.shard().is_part() && !dealt)
    throw UsageError(
        fmt::format("--shard {} given; it deals the sites of one --do, patch or path, in programs of "
                    "--copies N; help: give --copies 16",
                    o.text("shard")));
  if (!does({"patch", "path", "ablate", "attribute", "integrate"}))
    o.require_unused({"metric", "position"}, "it is for what is asked about outputs");
}

// What would be refused while looking, before there is a run directory.
void check(const LookSubject& subject, const std::vector<std::string>& asked, const Options& o) {
  constexpr std::int64_t few = 2;
  const auto does = [&](const char* word) { return std::ranges::count(asked, word) > 0; };
  if (does("path") && sites_from(o.text("receivers")).empty())
    throw UsageError("--do path wants --receivers, as in --receivers 'blocks.1.attn.hook_q[:,3]'");
  if (does("lens") && o.words("stream").empty()) (void)interp::residual_stream(subject.network.model);
  if (!does("patch") && !does("path") && !does("ablate") && !does("attribute") && !does("integrate")) return;
  (void)subject.sites();
  Graph graph;
  const Ends ends = subject.network.model.trace(graph, few);
  (void)interp::metric_of(graph, ends, subject.metric, few);
}

report::Json intervention_table(const LookSubject& subject) {
  using interp::Intervention;
  const report::Table<Intervention> table{
      {"label", "label", &Intervention::label},
      {"at", "at", [](const Intervention& i) { return text_of(i.site); }},
      {"replace", "replaced by", [](const Intervention& i) { return std::string(name_of(i.put)); }}};
  return table.json(subject.interventions);
}

// What the page asks for, with none of it done.
report::Json nothing_done() {
  report::Json results{{"intervened", false}, {"does_planted", false}};
  for (const char* word : words) results["does_" + std::string(word)] = false;
  return results;
}

void describe_subject(report::Json& results, const LookSubject& subject) {
  results["what"] = subject.network.what, results["data"] = subject.network.data_name;
  results["rows"] = rows_of(subject.network.data, "look"), results["pairs"] = subject.inputs.size();
  results["metric"] = text_of(subject.metric), results["sites"] = fmt::format("{}", fmt::join(subject.patterns, ", "));
  results["input"] = subject.inputs.front(), results["against"] = subject.against.front();
  results["one_pair"] = subject.inputs.size() == 1, results["intervened"] = !subject.interventions.empty();
  results["interventions"] = intervention_table(subject);
}

Found measure(const Options& o, const LookSubject& subject, const std::vector<std::string>& asked, RunDirectory& run) {
  Found found{.results = nothing_done(), .claims = {}, .figures = {}};
  describe_subject(found.results, subject);
  if (!subject.interventions.empty())
    write_atomically((std::filesystem::path(run.arrays()) / "interventions.toml").string(),
                     toml_of(subject.interventions));
  for (const std::string& word : asked) {
    Looked part = look(word, subject, o, &run);
    found.results["does_" + word] = true, found.results[word] = std::move(part.results);
    found.results[word]["drawn"] = !part.figures.empty();
    std::ranges::move(part.figures, std::back_inserter(found.figures));
  }
  return found;
}

Found measure_planted(const Options& o) {
  Found found{.results = nothing_done(), .claims = {}, .figures = {}};
  found.results["what"] = "circuits that were built", found.results["data"] = "their bits";
  found.results["does_planted"] = true, found.results["planted"] = score_circuits(o).results;
  return found;
}

void print_found(const Options& o, report::Json results, const std::vector<std::string>& asked,
                 const Outcome& outcome) {
  if (o.flag("json")) {
    results["run"] = o.run_path().string();
    fmt::print("{}\n", results.dump());
    return;
  }
  fmt::print("{}\n", outcome.summary);
  for (const std::string& word : asked) fmt::print("\n{}\n{}", word, report::table_text(results[word]["table"]));
  fmt::print("\n{}\n", outcome.report);
}

// What single words of --do are told.
void add_word_options(Options& o) {
  o.add_string("receivers", "", "of path: sites with spaces between, such as blocks.1.attn.hook_q[:,3]");
  o.add_words(
      "frozen", "auto",
      "of path: values held as in the corrupt run; auto: *.attn.hook_z and *.hook_mlp_out where there are such");
  o.add_choice("baseline", "other", {"zero", "mean", "other"},
               "of integrate: where paths to the clean value begin; other: at the corrupt one");
  o.add_int("points", 32, "of integrate: of a quadrature; 0: exactly, where the network is piecewise linear", 0, 10000);
  o.add_choice("ablation", "mean", {"zero", "mean", "resample"}, "what is put in a site's place");
  o.add_int("resamples", 8, "of --ablation resample: pairings of rows", 1, 100000);
  o.add_words("stream", "", "of lens: values, the last one is replaced; empty: blocks.*.hook_resid_*");
  o.add_int("top", 3, "of lens: tokens shown for each layer", 0, 1000);
  o.add_words("values", "", "of print and cache: names with * and ?; empty: --sites");
}

}  // namespace

Looked look(const std::string& word, const LookSubject& subject, const Options& o, RunDirectory* run) {
  if (word == "print") return print_values(subject, o);
  if (word == "cache") return cache_values(subject, o, run);
  if (word == "patch") return patch_sites(subject, o, run);
  if (word == "path") return patch_paths(subject, o, run);
  if (word == "attribute") return attribute_sites(subject, o, run);
  if (word == "integrate") return integrate_sites(subject, o, run);
  return word == "ablate" ? ablate_sites(subject, o, run) : see_layers(subject, o);
}

Options look_options() {
  Options o(
      "look",
      "Looks into a trained network: its values, activation and path patching, ablations, the logit lens, each with "
      "an error bar or a residual (docs/theory.md §5.9).",
      {"look --run runs/modular_addition/modular-seed0 --do patch,lens",
       "look --run runs/train_mlp/digits-seed0 --do print --input 7 --values '*'",
       "look --run runs/train_mlp/digits-seed0 --do ablate --ablation resample --sites layers.0.post",
       "look --run runs/lm --do path --sites '*.attn.hook_z' --by head --receivers 'blocks.1.attn.hook_q[:,0]'",
       "look --weights net.safetensors --inputs x.npy --targets y.npy --input 3 --against 12",
       "look --run runs/train_mlp/digits-seed0 --interventions steering.toml --apply 'without 3'",
       "look --run runs/train_mlp/digits-seed0 --do integrate --sites x --by feature --baseline zero --points 0",
       "look --planted --planted-width 12"});
  add_subject_network_options(o);
  o.add_words("do", "patch", "one or several of print, cache, patch, path, attribute, integrate, ablate, lens");
  o.add_words("sites", "",
              "values by name, with * and ?; empty: what the blocks of a transformer add, or layers.*.post");
  o.add_choice("by", "auto", {"auto", "value", "position", "head", "feature"},
               "what of a value is one site; auto: the value where --sites is given, else positions or features");
  o.add_string("metric", "auto",
               "logit:label, logit:3, difference:label,other, probability:label, log_probability:label, loss or "
               "value:NAME[2,5]; auto: difference:label,other, or what the data allow");
  o.add_int("position", -1, "of outputs at every position: where the metric is taken; below 0 from the end");
  o.add_int("pairs", 64, "clean and corrupt rows, drawn so that labels differ; 0: every row once", 0);
  o.add_ints("input", "", "rows that are clean, or printed; empty: drawn", 0);
  o.add_ints("against", "", "rows that are corrupt, one for each of --input; empty: drawn", 0);
  add_word_options(o);
  o.add_string("interventions", "",
               "a .toml of interventions (experiments/look/interventions_file.h) that all looks see");
  o.add_words("apply", "", "labels of interventions and sets; empty: all interventions");
  o.add_int("chunk", 64, "rows in one run", 1, 1000000);
  o.add_int("copies", 0, "sites of one value in one program, where memory is short or --shard deals them; 0: all", 0);
  o.add_flag("planted", "instead of a network: how each method scores on circuits that were built");
  o.add_int("planted-width", 0, "of --planted: coordinates that the units share; 0: as many as units", 0, 10000);
  o.add_int("planted-networks", 8, "of --planted", 1, 10000);
  o.without("dtype").add_shard();
  o.add_choice("dtype", "f64", {"f32", "f64"}, "precision of the programs; sums are in double");
  return o;
}

int run_look(const Options& o) {
  const bool planted = o.flag("planted");
  const std::vector<std::string> asked = planted ? std::vector<std::string>{"planted"} : asked_for(o);
  std::optional<LookSubject> subject;
  if (planted) {
    o.require_unused({"run", "weights", "do", "sites", "by", "metric", "interventions", "shard"},
                     "--planted has its own circuits");
  } else {
    o.require_unused({"planted-width", "planted-networks"}, "it is for --planted");
    refuse_unused(o, asked);
    subject = look_subject(o);
    check(*subject, asked, o);
  }
  say_cost(o, [&] { return subject ? look_cost(o, *subject, asked) : planted_cost(o); });
  report::Json results;
  const Outcome outcome =
      run_study(o, "look", {.blas = blas_kernel(), .data = subject ? subject->network.data_name : "", .data_hash = {}},
                [&](RunDirectory& directory) {
                  Found found = subject ? measure(o, *subject, asked, directory) : measure_planted(o);
                  results = found.results;
                  return found;
                });
  print_found(o, results, asked, outcome);
  return outcome.exit_code;
}

}  // namespace basin::experiments
