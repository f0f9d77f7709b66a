#include <doctest/doctest.h>

#include <cmath>

#include "core/file.h"
#include "experiments/report/graph.h"
#include "experiments/reproduce/findings.h"
#include "experiments/shared/study.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

CheckpointDegeneracy checkpoint(std::int64_t epoch, std::int64_t count) {
  return {{std::vector<interp::EpsilonRank>(epsilon_grid.size(), {.cutoff = 1, .count = count, .soft_count = 1}),
           {{std::vector<std::int64_t>(epsilon_grid.size(), 2), std::vector<std::int64_t>(epsilon_grid.size(), 3)}}},
          epoch};
}

Findings findings() {
  Findings f{.train_rows = 100, .test_rows = 20, .analysis_rows = 6, .spectrum_rows = 7, .data_name = "digits"};
  f.spec.mlp.widths = {4, 3, 2};
  f.data_source = "a_file";
  f.history = {{{.epoch = 0, .train_loss = 2}, {.loss = 2.5, .accuracy = 0.1}},
               {{.epoch = 5, .train_loss = 0.5}, {.loss = 0.75, .accuracy = 0.9}}};
  f.values = {{.name = "layers.0.pre", .shape = {100, 3}, .root_mean_square = 1.25, .share_of_zeros = 0.5},
              {.name = "layers.0.pre", .gradient = true, .shape = {100, 3}, .root_mean_square = 0.1}};
  f.final_network.parameters = 100, f.final_network.samples = 50, f.final_network.outputs = 2;
  f.final_network.jacobian = {.rank = 60, .above_rounding = 60, .gap = 1e6};
  f.final_network.gauge.rank = 3;
  f.final_network.layers = {{"layers.0", 3, 5, {}, {}, 20, 20}};
  f.final_network.blocks = {{.layer = 0, .kind = interp::BlockKind::dead, .neurons = {0, 2}}};
  f.training = {checkpoint(0, 80), checkpoint(5, 60)};
  f.spectra = {{"layers.0", {4, 2, 1}, {2, 1}, {8, 1e-3}}};
  f.planted = {{.planned = 4, .free = 4, .naive = 4}, {.planned = 6, .free = 6, .naive = 9}};
  f.parts = {{"degeneracy_kinds",
              "experiments/degeneracy_kinds/report.html",
              {.claims = {{.id = "C2", .predicted = 1.0, .measured = 1.0}}, .summary = "Bound (*) held."}},
             {"modularity_degeneracy", "experiments/modularity_degeneracy/report.html", {.summary = "So and so."}}};
  return f;
}

struct Page {
  TempFolder folder{};

  std::string of(const Findings& f, int failed = 0) const {
    report::Json results = reproduce_results(f);
    results.update({{"claims", report::Json::array()},
                    {"held", 9 - failed},
                    {"failed", failed},
                    {"predictions", 9},
                    {"measured", 0}});
    const std::string figures = folder / "figures", page = folder / "report.html";
    for (const report::NamedFigure& n : reproduce_figures(f)) report::write_figure(figures, n.name, n.figure);
    write_page("reproduce", results, figures, page);
    return read_file(page);
  }
};

void check_all(const std::string& text, const std::vector<std::string>& wanted) {
  for (const std::string& part : wanted) CHECK_MESSAGE(text.find(part) != std::string::npos, part);
}

}  // namespace

TEST_CASE("the page of the main job says what was found") {
  const Page page;
  Findings f = findings();
  check_all(page.of(f),
            {"A network with widths 4-3-2 was trained on 100 rows of digits and gets 90.0 % of 20 held-out rows right.",
             "Of its 100 parameters, 40 directions (40.0 %)",
             "All 9 predictions of the theory",
             "<dt>of 9 predictions hold</dt><dd>9</dd>",
             "fell from 2 to 0.5; on the 20 test rows it ended at 0.75",
             "gradient of the loss at layers.0.pre",
             ">50.0 %</td>",
             "The rank of the Jacobian is 60 (the spectral gap",
             "2 hidden neurons never fire.",
             "so that at most 12 directions can matter",
             "rose from 20.0 % at the start",
             "with the 40.0 % of free directions above",
             "counted by rank, to rounding, on 50 rows. The 40.0 % here change the outputs too",
             "ε = 1e-12",
             ">epoch 5</td>",
             "2 networks were made",
             "in 2 of them",
             "too large in 1.",
             "Figure 7.",
             "<a href=\"experiments/degeneracy_kinds/report.html\">degeneracy_kinds</a></h3>",
             "Bound (*) held. 1 prediction: 1 pass, 0 fail.",
             "<p>So and so.</p>",
             "data: a_file.",
             "scripts/reproduce.sh"});
  f.final_network.jacobian.gap = INFINITY;
  f.final_network.blocks.clear();
  f.parts.clear();
  const std::string other = page.of(f, 2);
  check_all(other, {"2 checks of the theory failed: see the table.", "nothing but zeros was dropped"});
  CHECK(other.find("never fire") == std::string::npos);
  CHECK(other.find("More experiments") == std::string::npos);
}

TEST_CASE("the page ends in the graph of a transformer that groks, or says that it did not") {
  Findings f = findings();
  const report::Table<std::string> labels{
      {"label", "as a function of x and y", [](const std::string& s) { return s; }}};
  f.grokking = {{"task", "a + b mod 29"},
                {"modulus", 29},
                {"parameters", 4782},
                {"epochs", 8000},
                {"train_rows", 672},
                {"test_rows", 169},
                {"shown_memorised", 300},
                {"shown_grokked", 750},
                {"graph",
                 {{"basis", "local interaction basis"},
                  {"modules", {{"count", 3}, {"Q", 0.37}}},
                  {"labels", labels.json(std::vector<std::string>{"94% cos(4x + 4y)"})}}}};
  const Page page;
  report::write_graph(page.folder / "figures", "grokking",
                      {.layers = {{"in", 1}, {"out", 1}},
                       .nodes = {{.layer = 0, .label = "94% cos(4x + 4y)"}, {.layer = 1}},
                       .edges = {{0, 1, 2.0}}});
  check_all(page.of(f), {"learnt a + b mod 29: its 672 training pairs by epoch 300, the 169 others by epoch 750",
                         "3 modules with Q = 0.37", ">94% cos(4x + 4y)</th>", "class=\"graph\""});
  f.grokking["shown_grokked"] = nullptr;
  check_all(page.of(f), {"within 8000 epochs it did not grok"});
}

TEST_CASE("a count that the numbers do not decide is said in both readings") {
  Findings f = findings();
  interp::DegeneracyReport other = f.final_network;
  other.jacobian.rank = 62;
  f.final_network.at_rounding = {other};
  check_all(Page().of(f), {"Of its 100 parameters, 38 or 40 (undecided) directions", "Jacobian is 62 or 60 (undecided)",
                           "<dd>38 or 40 (undecided)</dd>"});
}
