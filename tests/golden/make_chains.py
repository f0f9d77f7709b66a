"""Writes golden/chains/chains.json and cumulants.json: statistics of small Markov chains by numpy and scipy (same bytes
every time).

  python3 make_chains.py
  python3 make_chains.py --arviz    also compares them with those of ArviZ, which must be installed
"""
import json
import sys
from pathlib import Path

import numpy as np
from scipy import stats

FOLDER = Path(__file__).parent / "chains"


def ar1(rng, chains, draws, phi):
    x = np.empty((chains, draws))
    x[:, 0] = rng.normal(size=chains)
    for t in range(1, draws):
        x[:, t] = phi * x[:, t - 1] + np.sqrt(1 - phi * phi) * rng.normal(size=chains)
    return x


def autocovariances(x):
    """At all lags, around each chain's mean, with 1 / draws; the mean over chains."""
    left = x - x.mean(axis=1, keepdims=True)
    draws = x.shape[1]
    return np.mean([np.correlate(c, c, "full")[draws - 1:] / draws for c in left], axis=0)


def geyer(rho, total):
    """The initial monotone sequence estimate of 1 + 2 sum rho, not below 1 / log10(draws)."""
    pairs = rho[:len(rho) // 2 * 2].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs[1:] <= 0)
    pairs = np.minimum.accumulate(pairs[:ends[0] + 1] if len(ends) else pairs)
    return max(2 * pairs.sum() - 1, 1 / np.log10(total))


def halves(x):
    half = x.shape[1] // 2
    return np.concatenate([x[:, :half], x[:, -half:]])


def sample_size(x):
    x = halves(x)
    within, draws = x.var(axis=1, ddof=1).mean(), x.shape[1]
    pooled = (draws - 1) / draws * within + x.mean(axis=1).var(ddof=1)
    rho = 1 - (within - autocovariances(x)) / pooled
    rho[0] = 1
    return x.size / geyer(rho, x.size)


def plain_r_hat(x):
    within, between = x.var(axis=1, ddof=1).mean(), x.mean(axis=1).var(ddof=1)
    return np.sqrt((x.shape[1] - 1) / x.shape[1] + between / within)


def r_hats(x):
    x = halves(x)
    scores = [stats.norm.ppf((stats.rankdata(v).reshape(x.shape) - 3 / 8) / (x.size + 1 / 4))
              for v in (x, abs(x - np.median(x)))]
    return [plain_r_hat(z) for z in scores]


def statistics(name, x):
    chains = len(x)
    covariances, within = autocovariances(x), x.var(axis=1, ddof=1).mean()
    iat = geyer(covariances / covariances[0], x.size)
    within_error = np.sqrt(within * iat / x.size)
    between_error = x.mean(axis=1).std(ddof=1) / np.sqrt(chains)
    half = max(stats.norm.ppf(0.975) * within_error, stats.t.ppf(0.975, chains - 1) * between_error)
    bulk, folded = r_hats(x)
    return {"name": name, "shape": x.shape, "traces": list(x.ravel()), "autocovariance": list(covariances[:6]),
            "iat": iat, "ess": sample_size(x), "r_hat": max(bulk, folded), "folded": bool(folded > bulk),
            "mean": x.mean(), "within_error": within_error, "between_error": between_error,
            "lower": x.mean() - half, "upper": x.mean() + half}


def interval(x):
    s = statistics("", x)
    return {key: s[key] for key in ("mean", "within_error", "between_error", "iat")}


def influence_of_third_cumulant(x, y, z):
    a, b, c = (v - v.mean() for v in (x, y, z))
    return a * b * c - np.mean(a * b) * c - np.mean(a * c) * b - np.mean(b * c) * a


def by_eighths(parts):
    """The wider of the errors from the means of eighths of chains, and from those of chains, over 1.96."""
    chains, draws = parts.shape
    means = np.array([[parts[c, draws * k // 8:draws * (k + 1) // 8].mean() for k in range(8)] for c in range(chains)])
    inside = np.sqrt(means.var(axis=1, ddof=1).mean() / means.size)
    apart = means.mean(axis=1).std(ddof=1) / np.sqrt(chains)
    return max(stats.t.ppf(0.975, 7 * chains) * inside,
               stats.t.ppf(0.975, chains - 1) * apart) / stats.norm.ppf(0.975)


def cumulants(rng):
    x = ar1(rng, 4, 48, 0.5)
    y = x + ar1(rng, 4, 48, 0.5)
    z = y * y + 0.5 * x
    a, b = ((v - v.mean()) / v.std() for v in (x, z))
    r = np.mean(a * b)
    products = (x - x.mean()) * (z - z.mean())
    return {"shape": x.shape, "x": list(x.ravel()), "y": list(y.ravel()), "z": list(z.ravel()),
            "covariance": interval(products), "numpy_covariance": np.cov(x.ravel(), z.ravel(), ddof=0)[0, 1],
            "third_cumulant": interval(influence_of_third_cumulant(x, y, z)),
            "third_moment": np.mean((x - x.mean()) * (y - y.mean()) * (z - z.mean())),
            "table_error": by_eighths(products), "correlation": np.corrcoef(x.ravel(), z.ravel())[0, 1],
            "correlation_error": by_eighths(a * b - r * (a * a + b * b) / 2)}


def compare(case):
    import arviz
    x = np.reshape(case["traces"], case["shape"])
    assert np.isclose(arviz.rhat(x, method="rank"), case["r_hat"], rtol=1e-12), case["name"]
    ess = arviz.ess(x, method="mean")  # it ends Geyer's sequence elsewhere, which counts where so few draws disagree
    print(f"{case['name']}: ESS {case['ess']:.2f}, ArviZ {ess:.2f}")
    assert np.isclose(ess, case["ess"], rtol=0.2), case["name"]


def main():
    rng = np.random.default_rng(12)
    shifted = ar1(rng, 3, 41, 0.6) + np.array([[0], [0.5], [2]])
    scaled = np.round(ar1(rng, 2, 60, 0.3) * np.array([[1], [4]]), 1)
    cases = [statistics("chains that agree", ar1(rng, 4, 50, 0.7)),
             statistics("means that differ, an odd number of draws", shifted),
             statistics("variances that differ, ties", scaled)]
    if "--arviz" in sys.argv:
        for case in cases:
            compare(case)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "chains.json").write_text(json.dumps(cases, indent=1) + "\n")
    (FOLDER / "cumulants.json").write_text(json.dumps(cumulants(rng), indent=1) + "\n")


if __name__ == "__main__":
    main()
