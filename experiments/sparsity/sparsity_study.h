// How sparse interactions are, network by network and basis by basis (docs/theory.md §5.6), and how degenerate the
// networks are.
#pragma once
#include <string>
#include <tuple>
#include <vector>

#include "experiments/claims/compared_bases.h"
#include "experiments/claims/removed_kinds.h"
#include "interp/modules/module_agreement.h"

namespace basin::experiments {

struct SparsitySpec {
  // Data sets by name, on which networks are trained; "modular": a transformer (modular_setting.h); "planted": two
  // modules side by side, not trained (experiments/claims/basis_claims.h), and "rotated": the same with every layer
  // seen in random coordinates.
  std::vector<std::string> settings;
  std::string data_dir;
  std::vector<std::int64_t> hidden{32, 16}, mnist_hidden{100, 100};
  std::vector<double> weight_decays{0};  // ascending; bases are compared at the least
  std::vector<std::int64_t> epochs{60};  // when to look, ascending; bases are compared at the last
  std::int64_t mnist_epochs = 10;        // networks on MNIST are looked at once, and have the least weight decay
  std::int64_t seeds = 5;                // start, order of rows, toy data; planted networks
  std::int64_t rows = 10000;             // of bases, edges and scores, at most: as many as there are
  std::int64_t jacobian_rows = 100;      // of J J^T
  double epsilon = 1e-4;                 // relative to its largest eigenvalue
  std::int64_t removed_limit = 1300;     // what the basis removes is asked of networks of at most so many parameters
};

constexpr double loss_share = 0.01, accuracy_loss = 0.001;  // what edges are required for

// Sections of one network in one basis.
struct BasisSections {
  interp::BasisKind kind{};
  std::vector<interp::SectionSparsity> sections{};  // `required`: for the loss, then for the accuracy if measurable
};

inline auto fields(BasisSections& b) { return std::tie(b.kind, b.sections); }

// Modules of one network in one basis, for those of other seeds to be compared with: edges above this share of their
// section's largest count, and features are matched on so many rows at most.
constexpr double module_cutoff = 1e-3;
constexpr std::int64_t module_rows = 500;
struct BasisModules {
  interp::BasisKind kind{};
  double restarts = 0;  // mean adjusted Rand index of two searches of this network
  interp::ModularFeatures features{};
};

inline auto fields(BasisModules& m) { return std::tie(m.kind, m.restarts, m.features); }

struct SparsityNet {  // one network at one time
  std::string setting;
  double weight_decay = 0;
  std::int64_t seed = 0, epoch = 0, parameters = 0, rows = 0;
  double loss = 0, constant_loss = 0;  // of the network and of the best constant, on these rows
  double accuracy = 0;                 // NaN for regression
  bool accuracy_measurable = false;    // accuracy_loss is one row or more
  double free_share = 0;               // below epsilon, of min(N, jacobian rows outputs); NaN where not asked
  double dead_share = 0;               // of hidden neurons, on these rows
  std::vector<BasisSections> bases{};  // all where bases are compared, else lib without `required`
  std::vector<RemovedKind> removed{};  // or none
  // Of trained networks whose bases are compared, and of these before training; else none.
  std::vector<BasisModules> modules{};
  const std::vector<interp::SectionSparsity>& in(interp::BasisKind kind) const;
  double effective(interp::BasisKind kind) const;  // edges of all sections
  bool compared() const { return bases.size() > 1; }
};

inline auto fields(SparsityNet& n) {
  return std::tie(n.setting, n.weight_decay, n.seed, n.epoch, n.parameters, n.rows, n.loss, n.constant_loss, n.accuracy,
                  n.accuracy_measurable, n.free_share, n.dead_share, n.bases, n.removed, n.modules);
}

// What is asked of a network's bases.
struct WantedBases {
  bool compared = false;  // sections of all bases, with what is required; else those of lib alone, without
  bool modules = false;   // in all bases
};
// Adds them to the network's. `input`: by which name the model takes x.
void measure_bases(SparsityNet& net, const interp::FoldedModel& model, const std::string& input, const Matrix& x,
                   const interp::Scoring& scoring, WantedBases wanted);

// One network of a setting, which depends on no other.
struct SparsityJob {
  std::string setting{};
  double weight_decay = 0;
  std::int64_t seed = 0;

  bool planted() const { return setting == "planted" || setting == "rotated"; }
  bool modular() const { return setting == "modular"; }
  std::string name() const;  // "digits-decay0-seed3"
};
// Of all settings in their order, then weight decay, seed.
std::vector<SparsityJob> sparsity_jobs(const SparsitySpec& spec);
std::vector<SparsityNet> sparsity_job(const SparsitySpec& spec, const SparsityJob& job);  // by epoch

}  // namespace basin::experiments
