// How a local posterior is sampled (docs/theory.md §6.4).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace basin::interp {

enum class SamplerKind {
  sgld,                 // Langevin steps on batches, never rejected: its bias is known on quadratics only (§6.3)
  preconditioned_sgld,  // the same, each direction in units of its own gradients (RMSprop): for curvatures far apart
  sgnht,      // momentum and a thermostat that takes up what batches and steps heat (Ding et al. 2014): never rejected
  mala,       // one Langevin step on all data, accepted or not
  hmc,        // Hamiltonian trajectories on all data, accepted or not: no bias of the step
  tempering,  // hmc on a ladder of temperatures whose neighbours trade places: for basins with narrow necks
};

struct SamplerSpec {
  SamplerKind kind = SamplerKind::hmc;
  double step = 0;         // of the sgld ε in w - ε/2 ∇U + sqrt(ε) ξ; of the others the leapfrog step; 0: found
  int leapfrogs = 8;       // of hmc and tempering
  std::int64_t batch = 0;  // of sgld and sgnht: rows of a step; 0: all
  bool share_batches = false;   // the chains of a group see the same rows, which costs less and ties their noise
  bool paired = true;           // a batch's loss is held against the same rows at w*, not against all rows there
  bool control_variate = true;  // on batches: ∇ℓ_B(w) - ∇ℓ_B(w*) + ∇L(w*). Only if paired
  bool freeze = true;           // the preconditioner, after the warm-up. One that goes on to move is biased
  double friction = 0.1;        // of sgnht, as a share of the stiffest direction's frequency
  int temperatures = 6;         // of tempering
  double hottest = 0.01;        // its lowest nβ, as a share of nβ

  bool takes_batches() const { return kind <= SamplerKind::sgnht; }
  int copies() const { return kind == SamplerKind::tempering ? temperatures : 1; }  // that a chain runs
  bool rejects() const { return kind >= SamplerKind::mala; }
};

// "sgld", "psgld", "sgnht", "mala", "hmc", "tempering". UsageError for another name.
SamplerKind sampler_from(std::string_view name);
std::string name_of(SamplerKind kind);

// UsageError for numbers out of range, and for batches where they are not taken.
void validate(const SamplerSpec& sampler);

}  // namespace basin::interp
