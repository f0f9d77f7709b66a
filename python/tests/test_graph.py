"""Graphs and programs: trace, name, fetch, feed, grad, hvp; errors have the texts of the library."""
import unittest

import numpy as np

import basin


def quadratic():
    g = basin.Graph()
    x = g.input("x", [3])
    loss = g.name(basin.sum(x * x * x) / 3, "loss")
    return g, x, loss


class Graphs(unittest.TestCase):
    def test_values_have_names_and_shapes(self):
        g, x, loss = quadratic()
        self.assertEqual(g["x"], x)
        self.assertEqual((x.shape(), loss.shape()), ((3,), ()))
        self.assertIn("loss", g)
        self.assertEqual(set(g.names()), {"x", "loss"})
        self.assertIn("loss = mul", basin.to_text(g))
        self.assertEqual(g.name_of(loss.id), "loss")

    def test_a_value_outlives_the_name_of_its_graph(self):
        x = quadratic()[1]
        self.assertEqual((x * 2.0).shape(), (3,))

    def test_derivatives(self):
        g, x, loss = quadratic()
        v = g.input("v", [3])
        slope, product = basin.grad(loss, [x])[0], basin.hvp(loss, [x], [v])[0]
        p = basin.Program(g, fetch=[slope, product])
        at, along = np.array([1.0, -2.0, 0.5]), np.array([3.0, 1.0, -1.0])
        p.feed("x", at)
        p.feed(v, along)
        p.run()
        np.testing.assert_allclose(p.view(slope), at**2)
        np.testing.assert_allclose(p.view(product), 2 * at * along)

    def test_inner_values_can_be_fed(self):
        g = basin.Graph()
        x = g.input("x", [2])
        inner = g.name(basin.exp(x), "inner")
        out = inner * 3
        p = basin.Program[np.float32](g, fetch=[out], feed=[inner])
        p.feed("inner", [1, 2])
        p.run()
        self.assertEqual(p.view(out).dtype, np.float32)
        np.testing.assert_array_equal(p.view(out), [3, 6])

    def test_operators_and_axes(self):
        g = basin.Graph()
        x = g.input("x", [2, 3])
        wanted = {"c + x": 2 + x, "c - x": 2 - x, "numpy": np.float64(2) * x, "mean": basin.mean(x, [-1]),
                  "max": basin.max(x, [-2], keep=True), "permute": basin.permute(x, [-1, -2])}
        p = basin.Program(g, fetch=list(wanted.values()))
        at = np.arange(6.0).reshape(2, 3)
        p.feed("x", at)
        p.run()
        found = {name: p.copy(v) for name, v in wanted.items()}
        for name, numbers in {"c + x": 2 + at, "c - x": 2 - at, "numpy": 2 * at, "mean": at.mean(-1),
                              "max": at.max(0, keepdims=True), "permute": at.T}.items():
            np.testing.assert_array_equal(found[name], numbers, name)

    def test_lift_makes_copies(self):
        g, x, loss = quadratic()
        copies = g.input("copies", [4, 3])
        losses = basin.lift([loss], [x], [copies])[0]
        self.assertEqual(losses.shape(), (4,))


class Errors(unittest.TestCase):
    def test_kinds_and_texts(self):
        g, x, loss = quadratic()
        with self.assertRaisesRegex(basin.NameError, "no value is named 'y'; help: the nearest name is 'x'"):
            g["y"]
        with self.assertRaisesRegex(ValueError, r"\[3\].*\[2\]"):
            x + g.input("z", [2])
        with self.assertRaises(basin.ShapeError):
            basin.grad(x, [x])
        with self.assertRaises(basin.NameError):
            basin.relu(None)
        with self.assertRaises(basin.DataError):
            basin.read_safetensors("missing.safetensors")
        with self.assertRaises(RuntimeError):
            basin.nn.activation_from("swish")
        self.assertTrue(issubclass(basin.StorageError, OSError) and issubclass(basin.ResourceError, MemoryError))
        self.assertTrue(issubclass(basin.Interrupted, KeyboardInterrupt))
        self.assertFalse(issubclass(basin.Interrupted, Exception))

    def test_numbers_that_do_not_fit(self):
        g = basin.Graph()
        x = g.input("x", [2, 3])
        p = basin.Program(g, fetch=[x * 2])
        p.feed("x", np.zeros(6))
        for wrong in (np.zeros(5), np.zeros((3, 2))):
            with self.assertRaisesRegex(basin.ShapeError, r"'x'"):
                p.feed("x", wrong)

    def test_errors_of_python_pass_through_the_library(self):
        def trace(g, rows):
            raise LookupError("mine")
        with self.assertRaisesRegex(LookupError, "mine"):
            basin.parameters_of(basin.Model(trace))

    def test_structs_name_what_they_do_not_know(self):
        with self.assertRaisesRegex(TypeError, "no field 'epoch'"):
            basin.nn.TrainSpec(epoch=3)
        with self.assertRaisesRegex(TypeError, "TrainSpec.epochs cannot be 'many'"):
            basin.nn.TrainSpec(epochs="many")
        with self.assertRaisesRegex(TypeError, "float32 and float64"):
            basin.Program[np.int32]
        self.assertIn("epochs=3", repr(basin.nn.TrainSpec(epochs=3)))


if __name__ == "__main__":
    unittest.main()
