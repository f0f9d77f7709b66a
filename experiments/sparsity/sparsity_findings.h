// What `sparsity` found: comparisons of bases with intervals, what the basis removes, degeneracy against sparsity, and
// how all that is shown.
#pragma once
#include <string>
#include <vector>

#include "experiments/cli/claim_table.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "experiments/sparsity/sparsity_study.h"

namespace basin::experiments {

// A number of each section that is compared.
struct SparsityMeasure {
  std::string key, name;
  double (*value)(const interp::SectionSparsity&);
};
// "effective"; "loss", edges required within 1 % of the way to the best constant; "accuracy", within 0.1 %, if
// measurable for all of these networks.
std::vector<SparsityMeasure> sparsity_measures(const std::vector<SparsityNet>& nets);

// The networks of one setting whose bases are compared, by seed.
std::vector<SparsityNet> compared_nets(const std::vector<SparsityNet>& nets, const std::string& setting);

struct SparsityContrast {
  std::string setting;
  std::int64_t section = 0;
  SparsityMeasure measure;
  interp::BasisKind first, second;  // log of the second minus log of the first
  LogDifference difference;

  std::string title() const;  // "digits, section 0, lib against pca: effective number of edges"
};
// IB and LIB against neurons and PCA, for each setting, section and measure.
std::vector<SparsityContrast> sparsity_contrasts(const std::vector<SparsityNet>& nets);

// The networks whose free directions were counted, each once: before training weight decay has done nothing.
std::vector<SparsityNet> with_degeneracy(const std::vector<SparsityNet>& nets);

// Log effective edges in LIB and the share of directions below the cut-off, over the networks of a setting. `all`: of
// all times and weight decays together, where training moves both. `within`: each time's mean removed, so that seeds
// alone differ; but one seed's networks at several times are counted as if they were independent. `seeds`: the mean of
// that over a seed's times, one point for each seed. `seeds_beyond_dead`: the same of what a straight line in the share
// of dead neurons leaves of both, as dead neurons have no edges and are free.
struct DegeneracyCorrelation {
  std::string setting;
  Correlation all, within, seeds, seeds_beyond_dead;
};
std::vector<DegeneracyCorrelation> degeneracy_correlations(const std::vector<SparsityNet>& nets);

std::vector<Claim> sparsity_claims(const std::vector<SparsityNet>& nets);
report::Json sparsity_results(const std::vector<SparsityNet>& nets, const SparsitySpec& spec);
std::string sparsity_lines(const std::vector<SparsityNet>& nets);  // of metrics.jsonl: one for each section and basis
// SETTING_required, SETTING_effective; SETTING_degeneracy of trained ones.
std::vector<report::NamedFigure> sparsity_figures(const std::vector<SparsityNet>& nets);

}  // namespace basin::experiments
