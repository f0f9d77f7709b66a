"""The Local Interaction Basis of bench_transformer_basis in numpy; one JSON line per part.

The argument is a file that `bench_transformer_basis --save` wrote: tokens, weights, and C C^T and E of basin to compare
with. OMP_NUM_THREADS in the environment says on how many threads (default 2); names end in it."""

from basis_peers import arguments, compete  # first: it tells the libraries how many threads

from dataclasses import dataclass

import numpy as np


def with_constant(x):
    return np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)


@dataclass
class Unembedding:
    """x' = x W, the same Jacobian for all samples."""

    W: np.ndarray

    @classmethod
    def of(cls, w):
        return cls(np.vstack([w["unembed.W_U"], w["unembed.b_U"]]))

    def __call__(self, x):
        return x @ self.W

    def into(self, C_pinv, target):
        return Unembedding(C_pinv @ self.W @ target)

    def importance(self, x):
        return len(x) * self.W @ self.W.T

    def edges(self, x):
        return self.W.T**2 * np.square(x).sum(axis=0)


@dataclass
class Perceptron:
    """x' = relu(x W) V + x S."""

    W: np.ndarray
    V: np.ndarray
    S: np.ndarray

    @classmethod
    def of(cls, w):
        mlp = {name: w[f"blocks.0.mlp.{name}"] for name in ("W_in", "b_in", "W_out", "b_out")}
        d = len(mlp["W_in"])
        S = np.eye(d + 1)
        S[d, :d] = mlp["b_out"]
        V = np.hstack([mlp["W_out"], np.zeros((len(mlp["W_out"]), 1))])
        return cls(np.vstack([mlp["W_in"], mlp["b_in"]]), V, S)

    def __call__(self, x):
        return np.maximum(x @ self.W, 0) @ self.V + x @ self.S

    def into(self, C_pinv, target):
        return Perceptron(C_pinv @ self.W, self.V @ target, C_pinv @ self.S @ target)

    def jacobians(self, x):
        """[samples, d', d]"""
        slopes = x @ self.W > 0
        gradients = self.V.T[None] * slopes[:, None, :]
        J = (gradients.reshape(-1, len(self.V)) @ self.W.T).reshape(len(x), self.V.shape[1], len(self.W))
        J += self.S.T
        return J

    def importance(self, x):
        J = self.jacobians(x).reshape(-1, len(self.W))
        return J.T @ J

    def edges(self, x):
        J = self.jacobians(x)
        J *= x[:, None, :]
        return np.square(J, out=J).sum(axis=0)


@dataclass
class Attention:
    """x' = x_t S + sum over heads h and positions s of softmax_s((x_t Q_h) (x_s K_h)^T) x_s VO_h, t the last position.

    Q and K [heads, d, d_head], VO [heads, d, d']; biases are rows of the constant, that of W_O shared by the heads."""

    Q: np.ndarray
    K: np.ndarray
    VO: np.ndarray
    S: np.ndarray

    @classmethod
    def of(cls, w):
        a = {name: w[f"blocks.0.attn.{name}"] for name in ("W_Q", "b_Q", "W_K", "b_K", "W_V", "b_V", "W_O", "b_O")}
        folded = {m: np.concatenate([a[f"W_{m}"], a[f"b_{m}"][:, None, :]], axis=1) for m in "QKV"}
        heads, d, d_head = a["W_Q"].shape
        VO = np.zeros((heads, d + 1, d + 1))
        VO[:, :, :d] = folded["V"] @ a["W_O"]
        VO[:, d, :d] += a["b_O"] / heads
        return cls(folded["Q"] / np.sqrt(d_head), folded["K"], VO, np.eye(d + 1))

    def into(self, C_pinv, target):
        return Attention(C_pinv @ self.Q, C_pinv @ self.K, C_pinv @ self.VO @ target, C_pinv @ self.S @ target)

    @staticmethod
    def by_head(x, maps):
        """x [..., d] times maps [heads, d, k] in one product: [..., heads, k]."""
        heads, d, k = maps.shape
        return (x.reshape(-1, d) @ maps.transpose(1, 0, 2).reshape(d, -1)).reshape(*x.shape[:-1], heads, k)

    def pattern(self, x):
        """q [n, h, m], k [n, s, h, m], pattern [n, s, h]"""
        q, k = self.by_head(x[:, -1], self.Q), self.by_head(x, self.K)
        scores = (k * q[:, None]).sum(axis=-1)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return q, k, e / e.sum(axis=1, keepdims=True)

    def __call__(self, x):
        pattern = self.pattern(x)[2]
        return x[:, -1] @ self.S + (pattern[..., None] * self.by_head(x, self.VO)).sum(axis=(1, 2))

    def jacobians(self, x):
        """[samples, positions, d', d]"""
        (n, T, d), heads, out = x.shape, len(self.Q), self.S.shape[1]
        q, k, pattern = self.pattern(x)
        y = self.by_head(x, self.VO)
        w = pattern[..., None] * (y - (pattern[..., None] * y).sum(axis=1, keepdims=True))
        to_key = np.stack([q[:, h] @ self.K[h].T for h in range(heads)], axis=1)
        to_query = np.stack([k[:, :, h] @ self.Q[h].T for h in range(heads)], axis=2)
        maps = np.ascontiguousarray(self.VO.transpose(0, 2, 1)).reshape(heads, -1)
        J = (pattern.reshape(-1, heads) @ maps).reshape(n, T, out, d)
        J += w.transpose(0, 1, 3, 2) @ to_key[:, None]
        J[:, -1] += w.reshape(n, -1, out).transpose(0, 2, 1) @ to_query.reshape(n, -1, d)
        J[:, -1] += self.S.T
        return J

    def importance(self, x):
        J = self.jacobians(x).reshape(-1, x.shape[-1])
        return J.T @ J / x.shape[1]

    def edges(self, x):
        J = self.jacobians(x)
        J *= x[:, :, None, :]
        J = J.sum(axis=1)
        return np.square(J, out=J).sum(axis=0) / x.shape[1]


class Numpy:
    """Analytic Jacobians of each sample, in products over batches; activations of all samples are kept."""

    batch = 16

    def __init__(self, weights, tokens):
        self.tokens, self.embedding = tokens, weights
        self.weights = [kind.of(weights) for kind in (Attention, Perceptron, Unembedding)]

    def moments(self):
        """Means and covariances of the node layers, over samples and positions."""
        x = with_constant(self.embedding["embed.W_E"][self.tokens] + self.embedding["pos_embed.W_pos"])
        self.nodes = [x]
        for section in self.weights:
            self.nodes.append(section(self.nodes[-1]))
        tables = [x.reshape(-1, x.shape[-1]) for x in self.nodes]
        means = [x.mean(axis=0) for x in tables]
        centred = [x - mean for x, mean in zip(tables, means)]
        return means, [x.T @ x / len(x) for x in centred]

    def mean(self, x, of):
        return sum(of(x[first:first + self.batch]) for first in range(0, len(x), self.batch)) / len(x)

    def importance(self, l, target):
        """E J^T J with J = d features' / d x."""
        x = self.nodes[l]
        return self.mean(x, self.weights[l].into(np.eye(x.shape[-1]), target).importance)

    def edges(self, l, C, C_pinv, target):
        """E (J f)^2 with J = d features' / d features."""
        return self.mean(self.nodes[l] @ C, self.weights[l].into(C_pinv, target).edges)


def read(path):
    """(weights by name, tokens, {name: array of basin})."""
    arrays = dict(np.load(path))
    return {name: a for name, a in arrays.items() if "." in name}, arrays["tokens"].astype(int), arrays


if __name__ == "__main__":
    compete({"numpy": Numpy}, read, arguments(__doc__, "bench_transformer_basis"))
