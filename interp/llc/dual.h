// A complex number and its derivative (a dual number): a formula that is written once gives both.
#pragma once
#include <complex>

namespace basin::interp {

struct Dual {
  std::complex<double> value = 0, slope = 0;
};

inline Dual operator+(const Dual& a, const Dual& b) { return {a.value + b.value, a.slope + b.slope}; }
inline Dual operator-(const Dual& a, const Dual& b) { return {a.value - b.value, a.slope - b.slope}; }
inline Dual operator*(double s, const Dual& a) { return {s * a.value, s * a.slope}; }
inline Dual operator*(const Dual& a, const Dual& b) {
  return {a.value * b.value, a.value * b.slope + a.slope * b.value};
}
inline Dual operator/(const Dual& a, const Dual& b) {
  const std::complex<double> ratio = a.value / b.value;
  return {ratio, (a.slope - ratio * b.slope) / b.value};
}
inline Dual log(const Dual& a) { return {std::log(a.value), a.slope / a.value}; }

}  // namespace basin::interp
