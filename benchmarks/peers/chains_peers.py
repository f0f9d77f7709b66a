"""Steps of stochastic gradient Langevin dynamics in PyTorch and devinterp; one JSON line per workload and contestant.

The work is that of bench_chains, but plainer: losses are not held against those at w*, and gradients have no control
variate. A step takes a batch's loss and gradient, and moves every parameter by drift, the pull to w* and noise. Times
are processor time of a step of one chain, on one thread."""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import argparse
import json
import statistics
import sys
import time
import warnings

import torch
import torch.nn.functional as F

STEP, N_BETA, GAMMA = 1e-6, 1000.0, 1.0


class Superposition(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.W = torch.nn.Parameter(0.5 * torch.randn(2, 6))
        self.b = torch.nn.Parameter(torch.zeros(6))

    def forward(self, x):
        return torch.relu(x @ self.W.T @ self.W + self.b)


def squares(out, target):
    return ((out - target) ** 2).sum(-1).mean()


def superposition(batch):
    x = torch.zeros(6000, 6)
    x[torch.arange(6000), torch.arange(6000) % 6] = torch.rand(6000)
    return Superposition(), x, x, squares, batch


def regression(_):
    x = torch.randn(1000, 5)
    net = torch.nn.Sequential(torch.nn.Linear(5, 3, bias=False), torch.nn.Linear(3, 5, bias=False))
    return net, x, 0.1 * x.sum(-1, keepdim=True).expand(-1, 5).contiguous(), squares, 1000


def mlp(batch):
    net = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    return net, torch.randn(4096, 784), torch.randint(10, (4096,)), F.cross_entropy, batch


WORKLOADS = {  # those of bench_chains: what makes (network, inputs, targets, loss, rows of a step), and its rows
    "6-2-6, 100 rows": (superposition, 100),
    "6-2-6, 1000 rows": (superposition, 1000),
    "regression 5-3-5": (regression, 1000),
    "784-128-10, 512 rows": (mlp, 512),
}


class Bare:
    """The step by hand, with PyTorch's operations on lists of tensors."""

    chains = 1

    def __init__(self, net, x, t, loss, batch):
        self.x, self.t, self.loss, self.batch, self.net = x, t, loss, batch, net
        self.w = list(net.parameters())
        self.center = [p.detach().clone() for p in self.w]
        self.u = []

    def run(self, steps):
        for _ in range(steps):
            x, t = self.x, self.t
            if self.batch < len(x):
                rows = torch.randint(len(x), (self.batch,))
                x, t = x[rows], t[rows]
            gradients, loss = self.gradient(x, t)
            with torch.no_grad():
                torch._foreach_add_(self.w, gradients, alpha=-STEP / 2 * N_BETA)
                torch._foreach_add_(self.w, torch._foreach_sub(self.w, self.center), alpha=-STEP / 2 * GAMMA)
                torch._foreach_add_(self.w, [torch.randn_like(p) for p in self.w], alpha=STEP**0.5)
            self.u.append(loss)

    def gradient(self, x, t):
        loss = self.loss(self.net(x), t)
        return torch.autograd.grad(loss, self.w), loss.item()


class Together(Bare):
    """16 chains on the same batches, side by side in torch.func.vmap."""

    chains = 16

    def __init__(self, *subject):
        super().__init__(*subject)
        names = [name for name, _ in self.net.named_parameters()]
        self.w = [torch.stack([p.detach()] * self.chains) for p in self.w]

        def loss(w, x, t):
            return self.loss(torch.func.functional_call(self.net, dict(zip(names, w)), (x,)), t)

        self.gradients = torch.func.vmap(torch.func.grad_and_value(loss), in_dims=(0, None, None))

    def gradient(self, x, t):
        gradients, losses = self.gradients(self.w, x, t)
        return gradients, losses.tolist()


class Devinterp:
    """devinterp's sampler with its SGLD and its estimator, one chain, a loader without workers."""

    chains = 1

    def __init__(self, net, x, t, loss, batch):
        import devinterp.optim.sgmcmc
        import devinterp.slt.llc
        import devinterp.slt.sampler

        warnings.simplefilter("ignore")
        self.net, self.init = net, loss(net(x), t).detach()
        self.estimator, self.sample = devinterp.slt.llc.LLCEstimator, devinterp.slt.sampler.sample
        self.settings = {
            "loader": torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, t), batch, shuffle=True),
            "evaluate": lambda model, rows: (loss(model(rows[0]), rows[1]), {}),
            "sampling_method": devinterp.optim.sgmcmc.SGMCMC.sgld,
            "num_chains": 1,
            "init_loss": self.init,
            "verbose": False,
        }

    def run(self, steps):
        estimator = self.estimator(num_chains=1, num_draws=steps, init_loss=self.init, nbeta=N_BETA)
        kwargs = {"lr": STEP, "nbeta": N_BETA, "localization": GAMMA}
        self.sample(self.net, callbacks=[estimator], num_draws=steps, optimizer_kwargs=kwargs, **self.settings)


CONTESTANTS = {"torch": Bare, "torch vmap": Together, "devinterp": Devinterp}


def microseconds(contestant, steps):
    start = time.process_time()
    contestant.run(steps)
    return 1e6 * (time.process_time() - start) / steps / contestant.chains


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default 3)")
    parser.add_argument("--steps", type=int, default=200, help="steps in a round (default 200)")
    parser.add_argument("--filter", default="", help="only contestants whose name contains this")
    args = parser.parse_args()
    torch.set_num_threads(1)
    chosen = {name: make for name, make in CONTESTANTS.items() if args.filter in name}
    if not chosen:
        parser.error(f"--filter {args.filter}: no contestant's name contains it; there are {', '.join(CONTESTANTS)}")
    for workload, (subject, batch) in WORKLOADS.items():
        contestants = {}
        for name, make in chosen.items():
            try:
                contestants[name] = make(*subject(batch))
                contestants[name].run(3)
            except ImportError as error:
                contestants.pop(name, None)
                print(f"{name} is left out: {error}", file=sys.stderr)
        times = {name: [] for name in contestants}
        for _ in range(args.rounds):
            for name, contestant in contestants.items():
                times[name].append(microseconds(contestant, args.steps))
        for name, rounds in times.items():
            line = {"workload": workload, "name": name, "us": round(statistics.median(rounds), 1)}
            print(json.dumps(line | {"rounds": [round(t, 1) for t in rounds]}), flush=True)


if __name__ == "__main__":
    main()
