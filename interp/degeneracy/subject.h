// One network on one data set, in its own units, and what several analyses read from it, on one ruler (docs/theory.md
// §1.6). What several need is made once: J~ is decomposed once and each of its layers once, in one sweep over the data;
// a second one, of the network as it was given, follows when something asks for it.
#pragma once
#include "interp/degeneracy/gauge.h"
#include "interp/jacobian/scaled_jacobian.h"
#include "interp/layers/firing_blocks.h"
#include "interp/layers/own_units.h"

namespace basin::interp {

struct DegeneracyOptions {
  double tolerance = rank_tolerance;
  SweepOptions sweep{};  // chunk, threads, progress (of one pass over the data after the other)
};

struct Subject {
  ReluNet given;  // the network and the data as they came
  Matrix x;
  DegeneracyOptions options;
  OwnUnits own;                         // the same in units of its own; all below is about these
  NetworkFactors factors;               // firing patterns and margins, G and K
  std::vector<FiringBlock> blocks;      // of all hidden layers
  ScaledJacobian jacobian;              // J~
  std::vector<double> singular_values;  // of J~, descending
  Ruler ruler;                          // for all ranks that meet the rank of J~; its scale is the largest of these

  const ReluNet& net() const { return own.net; }
  int threads() const { return options.sweep.threads; }

  // What is null at the ruler's tolerance, of J~; and of one of its dense layers at `cutoff`.
  LowSpace low_space() const;
  LowSpace low_space(std::int64_t layer, double cutoff) const;

  // f~ and B of the network as it was given, by a sweep of its own when first asked for: what is measured on them
  // shares nothing with J~ but the data.
  const std::vector<FullTable>& given_tables() const;

  // What these functions found so far: a subject serves one thread at a time.
  struct Found {
    Decomposition all{};
    std::vector<Decomposition> layers{};
    std::vector<FullTable> given{};
  };
  mutable Found found{};
};

// One sweep. Errors: those of ReluNet::validate; ShapeError if x [samples, d_0] does not fit; those of sweep.
Subject subject(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options = {});

// Singular values of what the data show of each dense layer's inputs and gradients, columns of length 1; and
// functionals on changes of the layer that span it (LayerRanges), for directions in which the centre is undone.
std::vector<double> activation_values(const Subject& s, std::int64_t layer);
std::vector<double> gradient_values(const Subject& s, std::int64_t layer);
std::vector<LayerRanges> layer_ranges(const Subject& s, double tolerance);
// The same, of all changes of what is not zero on all data.
std::vector<LayerRanges> whole_ranges(const Subject& s);

// The ruler on which the parts of a bound are decided whose sum is held against the rank of J~: lower by sqrt(L + 1)
// for L > 1 dense layers (docs/theory.md §3.8).
Ruler shared_ruler(const Subject& s, double tolerance);

// Where each dense layer's slice of the flat parameter vector starts; N at the end.
std::vector<std::int64_t> layer_starts(const ReluNet& net);

}  // namespace basin::interp
