// Circuits that are known because they were built: small Boolean functions computed by named units, beside units that
// only look as if they mattered, all of them written into one hidden space (docs/theory.md §5.10).
//
//   x [rows, bits] of 0 and 1                     a few bits for each circuit
//   units.post = relu(x A + a) [rows, units]      what methods look at, unit by unit
//   hidden = units.post E [rows, width]           each unit along a direction of its own
//   read = hidden Eᵀ [rows, units]                E Eᵀ = 1 while width >= units: then read = units.post
//   gates.post = relu(read B + b)                 what the circuits make of their units
//   out [rows, circuits] = gates.post C           one output for each circuit
//
// With width < units the directions are random unit vectors and units disturb one another (superposition).
//
//   name         out, of its bits     units           what it is there for
//   sum          Σ w_i x_i + 1        3               nothing: every method should find it
//   and          x_1 and x_2          2               at rest its gradient is 0, and one unit alone does nothing
//   or           x_1 or x_2 or x_3    3               saturated: with two on, no unit matters by itself
//   xor          x_1 xor x_2          2               both flipped change nothing: complete attributions are 0
//   backup       x                    2, of one bit   either does for the other
//   constant     x_1 + x_2 + 1        2 and 1 that is 4 for all inputs: a zero in its place is far from any input
//   cancelling   x_1 + 2              1 and 2 of another bit, read with weights 1 and -1
//
// Units that compute the function of their circuit matter for it; the constant, the cancelling pair, idle units, which
// answer random weights of all bits and are read by nobody, and units of other circuits do not.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "interp/sweep/sweep.h"

namespace basin::interp {

struct PlantedUnit {
  std::string name;      // "and.1", "idle.0"
  std::int64_t circuit;  // whose it is; -1: idle
  bool matters;          // for the output of that circuit
};

struct PlantedSpec {
  std::int64_t width = 0;  // of the hidden space; 0: as many as units
  std::int64_t idle = 6, rows = 64;
  std::uint64_t seed = 1;  // of the directions, the weights of `sum` and of idle units, and the data
};

struct PlantedCircuits {
  ModelPoint model;
  std::vector<std::string> circuits;
  std::vector<PlantedUnit> units;
  std::vector<std::int64_t> first_bit;  // of each circuit, and behind the last
  std::vector<double> sum_weights;      // the w of `sum`
  Inputs data;                          // random bits
  Inputs clean, corrupt;                // one row each: all bits on, all off
  double interference = 0;              // the largest |e_i · e_j| of two units' directions

  bool matters(std::int64_t unit, std::int64_t circuit) const {
    return units[std::size_t(unit)].circuit == circuit && units[std::size_t(unit)].matters;
  }
  // What a circuit is to compute of these bits, all bits of a row.
  double intended(std::int64_t circuit, std::span<const double> bits) const;
};

// UsageError for a width below 0 or less than 1 row, or fewer than 0 idle units.
PlantedCircuits planted_circuits(const PlantedSpec& spec);

}  // namespace basin::interp
