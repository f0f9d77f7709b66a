"""Writes golden/statistics/statistics.json: fits and correlations by numpy and scipy (same bytes every time).

  python3 make_statistics.py
"""
import json
from pathlib import Path

import numpy as np
from scipy import stats

PATH = Path(__file__).parent / "statistics" / "statistics.json"


def fit(name, y, covariates, used):
    """The intercept of y on the covariates `used`, the ones that say something of their own."""
    design = np.column_stack([np.ones(len(y))] + [covariates[i] for i in used])
    beta, *_ = np.linalg.lstsq(design, y, rcond=None)
    degrees = len(y) - design.shape[1]
    variance = np.sum((y - design @ beta) ** 2) / degrees
    error = np.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0])
    half = stats.t.ppf(0.975, degrees) * error
    return {"name": name, "y": list(y), "covariates": [list(c) for c in covariates], "used": len(used),
            "mean": beta[0], "low": beta[0] - half, "high": beta[0] + half, "deviation": np.sqrt(variance)}


def correlate(name, x, y, groups):
    """Pearson's r of what is left of x and y after each group's mean, with scipy's interval when there is one group."""
    group = np.arange(len(x)) % groups
    left = [np.concatenate([v[group == g] - v[group == g].mean() for g in range(groups)]) for v in (x, y)]
    r = stats.pearsonr(*left)
    half = stats.norm.ppf(0.975) / np.sqrt(len(x) - (groups - 1) - 3)
    low, high = np.tanh(np.arctanh(r.statistic) - half), np.tanh(np.arctanh(r.statistic) + half)
    if groups == 1:
        assert np.allclose(r.confidence_interval(), (low, high))
    return {"name": name, "x": list(left[0]), "y": list(left[1]), "lost": groups - 1, "r": r.statistic, "low": low,
            "high": high}


def main():
    rng = np.random.default_rng(5)
    a, b, noise = rng.normal(1, 1, 12), rng.normal(0, 2, 12), rng.normal(0, 0.5, 12)
    y = 0.7 + 1.5 * a - 0.4 * b + noise
    fits = [
        fit("no covariate", y, [], []),
        fit("one", y, [a], [0]),
        fit("two", y, [a, b], [0, 1]),
        fit("a constant one", y, [np.zeros(12), b], [1]),
        fit("one that is constant but not zero", y, [a, np.full(12, 0.1)], [0]),
        fit("the second repeats the first", y, [a, 3 * a - 2], [0]),
        fit("counts", y, [rng.integers(0, 3, 12) / 14.0, rng.integers(-1, 2, 12) / 26.0], [0, 1]),
    ]
    correlations = [correlate("related", a, y, 1), correlate("hardly", b, noise, 1), correlate("in groups", a, y, 3)]
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps({"fits": fits, "correlations": correlations}, indent=1) + "\n")


if __name__ == "__main__":
    main()
