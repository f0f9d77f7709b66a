#!/usr/bin/env python3
"""Fits the polynomials of core/vmath.h, core/vmath_trig.h and core/normals.cpp and prints them as C++ initialisers.

A few seconds; needs mpmath.

Each polynomial is minimax (Remez exchange on a dense grid) in the relative error of the function it serves. The error
shown is that of the printed, rounded coefficients evaluated exactly; one unit in the last place is 2^-23 (float) or
2^-52 (double) of the result, at most.
"""
import mpmath as mp

mp.mp.dps = 60


def remez(nodes, target, weight, degree):
    """Coefficients c_k, k = 0..degree, that minimise max |weight * (target - sum c_k node^k)|."""
    count = degree + 2
    chosen = [round((i + 0.5) * len(nodes) / count) for i in range(count)]
    for _ in range(40):
        rows = [[nodes[i] ** k for k in range(degree + 1)] + [(-1) ** j / weight[i]] for j, i in enumerate(chosen)]
        *c, level = mp.lu_solve(mp.matrix(rows), mp.matrix([target[i] for i in chosen]))
        error = [w * (t - mp.polyval(c[::-1], x)) for x, t, w in zip(nodes, target, weight)]
        peaks = []  # the largest error between two changes of sign
        for i, e in enumerate(error):
            if not peaks or (e > 0) != (error[peaks[-1]] > 0):
                peaks.append(i)
            elif abs(e) > abs(error[peaks[-1]]):
                peaks[-1] = i
        while len(peaks) > count:
            peaks.pop(0 if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else -1)
        if len(peaks) < count or max(map(abs, error)) < abs(level) * (1 + mp.mpf("1e-3")):
            return c
        chosen = peaks
    return c


def fit(name, bits, degree, low, high, target, weight):
    """Prints one polynomial for the type with this many significant bits."""
    n = 24 * (degree + 2)
    nodes = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (i + mp.mpf("0.5")) / n) for i in range(n)]
    wanted, scale = [target(x) for x in nodes], [weight(x) for x in nodes]
    exact = remez(nodes, wanted, scale, degree)
    with mp.workprec(bits):
        c = [+ck for ck in exact]
    worst = max(w * abs(t - mp.polyval(c[::-1], x)) for x, t, w in zip(nodes, wanted, scale))
    digits, suffix = (9, "f") if bits == 24 else (17, "")
    print(f"// {name}: relative error 2^{float(mp.log(worst, 2)):.1f}")
    print("{" + ", ".join(mp.nstr(ck, digits) + suffix for ck in c) + "}")


def normal_tail_factor(s):
    """e^(x^2 / 2) (x + 4) P(Z > x) for the x with s = (x - 4) / (x + 4)."""
    x = 4 * (1 + s) / (1 - s)
    return mp.exp(x**2 / 2) * (x + 4) * mp.erfc(x / mp.sqrt(2)) / 2


def fit_type(bits, exp_degree, log_degree, erf_degree, erf_end, tail_degree, tail_end):
    r_end = mp.log(2) / 2 * mp.mpf("1.0001")
    z_end = (3 - 2 * mp.sqrt(2)) ** 2 * mp.mpf("1.0001")
    # expm1(r) = r + r^2 P(r)
    fit("expm1", bits, exp_degree, -r_end, r_end, lambda r: (mp.expm1(r) - r) / r**2,
        lambda r: r**2 / abs(mp.expm1(r)))
    # log((1 + s) / (1 - s)) = 2 s + s^3 P(z), z = s^2
    fit("log", bits, log_degree, mp.mpf(0), z_end, lambda z: 2 * (mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
        lambda z: z * mp.sqrt(z) / (2 * mp.atanh(mp.sqrt(z))))
    # -log(erfc x) = x + x P(x); an absolute error d there is a relative error d erfc / erf of erf
    fit("erf", bits, erf_degree, mp.mpf(0), mp.mpf(erf_end), lambda x: -mp.log(mp.erfc(x)) / x - 1,
        lambda x: x * mp.erfc(x) / mp.erf(x))
    fit("tail", bits, tail_degree, mp.mpf(-1), (mp.mpf(tail_end) - 4) / (mp.mpf(tail_end) + 4), normal_tail_factor,
        lambda s: 1 / normal_tail_factor(s))


def fit_trig(bits, degree):
    end = (mp.pi / 4) ** 2 * mp.mpf("1.0001")
    # sin(r) = r + r z P(z), cos(r) = 1 - z / 2 + z^2 P(z), z = r^2
    fit("sin", bits, degree, mp.mpf(0), end, lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
        lambda z: z * mp.sqrt(z) / mp.sin(mp.sqrt(z)))
    fit("cos", bits, degree, mp.mpf(0), end, lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2,
        lambda z: z**2 / mp.cos(mp.sqrt(z)))


def fit_radius(bits, degree):
    # -2 log(1 - h) = h P(h), for h up to 1/2
    fit("-2 log(1 - h)", bits, degree, mp.mpf(0), mp.mpf(1) / 2, lambda h: -2 * mp.log1p(-h) / h,
        lambda h: h / (-2 * mp.log1p(-h)))


def half_pi_parts(bits, *kept):
    """pi / 2 as a sum; every part but the last has few enough bits for exact products with small integers."""
    rest = mp.pi / 2
    for keep in kept:
        unit = mp.ldexp(1, mp.frexp(rest)[1] - keep)
        part = mp.floor(rest / unit) * unit
        print(float(part).hex())
        rest -= part
    with mp.workprec(bits):
        print(float(+rest).hex())


if __name__ == "__main__":
    fit_type(24, exp_degree=4, log_degree=2, erf_degree=8, erf_end=4, tail_degree=9, tail_end=14.42)
    fit_type(53, exp_degree=9, log_degree=6, erf_degree=23, erf_end=6, tail_degree=22, tail_end=38.62)
    for bits, degree in (24, 2), (53, 5):
        fit_trig(bits, degree)
    fit_radius(24, degree=8)
    half_pi_parts(24, 11, 11, 11)
    half_pi_parts(53, 33, 33)
