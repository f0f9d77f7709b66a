"""Degeneracy, bases and interaction graphs, learning coefficients: the library's findings, as Python reads them."""
import json
import pathlib
import tempfile
import unittest

import numpy as np

import basin
import nets
from basin import interp


def degenerate_net():
    """Two neurons fire together and the third input is a multiple of the first."""
    x = np.random.default_rng(1).normal(size=(50, 2))
    w = np.array([[1.0, 0.5], [2.0, 1.0], [-0.3, 1.0]])
    net = interp.ReluNet(weights=[w, np.array([[1.0, -1.0, 0.5]])], biases=[np.zeros(3), np.zeros(1)])
    return net, x


def jacobian(net, x):
    """d output / d parameters by the graph: one row for each sample."""
    point = interp.dense_network(net).model
    g = basin.Graph()
    ends = point.trace(g, len(x))
    rows = []
    wrt = g.parameter_values()
    seed = g.input("seed", [len(x), 1])
    slopes = basin.vjp([ends.output], [seed], wrt)
    p = basin.Program(g, fetch=slopes, bindings=point.parameters.bindings(g))
    p.feed("x", x)
    for i in range(len(x)):
        p.feed(seed, np.eye(len(x))[i])
        p.run()
        rows.append(np.concatenate([p.copy(s).ravel() for s in slopes]))
    return np.array(rows)


class Degeneracy(unittest.TestCase):
    def test_counts_are_those_of_the_jacobian(self):
        net, x = degenerate_net()
        report = interp.degeneracy(net, x)
        self.assertEqual(report.jacobian.rank, np.linalg.matrix_rank(jacobian(net, x), 1e-9))
        self.assertEqual(report.free_directions(), report.parameters - report.jacobian.rank)
        self.assertGreater(report.free_directions(), 0)
        self.assertTrue(report.decided())
        self.assertEqual([layer.name for layer in report.layers], ["layers.0", "layers.1"])
        self.assertEqual(json.loads(interp.to_json(report))["free_directions"], report.free_directions())
        self.assertIn("jacobian=RankDecision(rank=", repr(report))

    def test_models_of_any_kind(self):
        point = nets.trained_point(5)
        found = interp.model_degeneracy(point, nets.data())
        self.assertEqual(found.parameters, point.parameter_count())
        self.assertEqual(found.free_directions(), 4)  # the rescalings of four neurons

    def test_progress_is_heard(self):
        net, x = degenerate_net()
        heard = []
        interp.degeneracy(net, x, dict(sweep=dict(chunk=10, threads=2, progress=lambda done, all: heard.append(done))))
        self.assertEqual(heard[-1], 50)

    def test_networks_come_back_from_files(self):
        net, x = degenerate_net()
        with tempfile.TemporaryDirectory() as folder:
            interp.write_relu_net(f"{folder}/net.safetensors", net)
            again = interp.read_relu_net(f"{folder}/net.safetensors")
        np.testing.assert_array_equal(again.weights[0], net.weights[0])
        np.testing.assert_array_equal(interp.outputs(again, x), interp.outputs(net, x))


class Interactions(unittest.TestCase):
    def test_bases_edges_and_modules(self):
        point = nets.trained_point()
        network = interp.dense_network(point, "layers.1.pre")
        model = interp.FoldedModel(point, interp.node_layers(network))
        bases = interp.interaction_bases(model, nets.data(), dict(kind=interp.BasisKind.lib))
        x = np.c_[nets.data()["x"], np.ones(40)]
        first = bases[0]
        features = x @ first.C
        moments = features.T @ features / 40
        varying = [i for i in range(first.features()) if i != first.constant]
        np.testing.assert_allclose(moments[np.ix_(varying, varying)], np.diag(first.lambda_[varying]), atol=1e-8)
        edges = interp.interaction_edges(model, bases, nets.data())
        self.assertEqual([e.shape for e in edges], [(b.features(), a.features()) for a, b in zip(bases, bases[1:])])
        graph = interp.interaction_graph(bases, edges)
        self.assertEqual(graph.nodes(), sum(graph.layer_sizes))
        weights = interp.log_weights(graph, [e.max() * 1e-3 for e in graph.edges])
        modules = interp.find_modules(weights, dict(nulls=5, restarts=3))
        self.assertEqual(sum(map(len, modules.of_node)), graph.nodes())
        with tempfile.TemporaryDirectory() as folder:
            interp.write_interactions(f"{folder}/interactions.npz", bases, edges)
            kept = np.load(f"{folder}/interactions.npz")
            np.testing.assert_array_equal(kept[f"C__{first.layer}"], first.C)
            interp.write_graph(f"{folder}/graph.json", weights, modules)
            self.assertTrue(pathlib.Path(folder, "graph.json").is_file())


class LearningCoefficients(unittest.TestCase):
    def test_known_ones(self):
        self.assertEqual(interp.normal_crossing([1, 1]), interp.LearningCoefficient(lambda_=0.5, multiplicity=2))
        self.assertEqual((interp.morse_bott(3) + interp.homogeneous([4])).lambda_, 1.75)

    def test_chains_of_a_quadratic(self):
        def trace(g, rows):
            w = g.parameter("w", [4])
            return dict(loss=basin.sum(basin.square(w)))
        model = basin.Model(trace)
        point = interp.ModelPoint(model, basin.Parameters(basin.parameters_of(model)))
        posterior = interp.LocalPosterior(model=point, n_beta=100, gamma=0)
        chains = interp.sample(posterior, interp.SamplerSpec(), dict(chains=4, draws=1500, warm_up=300, seed=1))
        estimate = interp.estimate_llc(chains, posterior, dict())
        self.assertEqual(chains.u.shape, (4, 1500))
        self.assertTrue(estimate.healthy(), estimate.verdicts)
        self.assertLess(abs(estimate.lambda_.mean - 2), 4 * estimate.lambda_.error)

    def test_chains_go_on_to_the_bit(self):
        point = nets.trained_point(5)
        posterior = interp.LocalPosterior(model=point, data=nets.data(), n_beta=20, gamma=1)
        spec = dict(chains=2, draws=30, warm_up=10)
        whole, half, rest = (interp.ChainRun[np.float32](posterior, dict(), spec) for _ in range(3))
        whole.advance(30)
        half.advance(10)
        for group in range(half.groups()):
            rest.restore(group, half.state(group))
        rest.advance(20)
        np.testing.assert_array_equal(rest.chains().u, whole.chains().u)


if __name__ == "__main__":
    unittest.main()
