"""Arrays by name are read-only views that keep their owner alive."""
import gc
import unittest
import weakref

import numpy as np

import basin
import nets


def program():
    g = basin.Graph()
    x = g.input("x", [4])
    y = g.name(x * 2, "y")
    p = basin.Program(g, fetch=[y])
    p.feed("x", [1, 2, 3, 4])
    p.run()
    return p


class Views(unittest.TestCase):
    def test_a_view_shows_the_next_run(self):
        p = program()
        view, copy = p.view("y"), p.copy("y")
        p.feed("x", [5, 6, 7, 8])
        p.run()
        np.testing.assert_array_equal(view, [10, 12, 14, 16])
        np.testing.assert_array_equal(copy, [2, 4, 6, 8])
        self.assertIs(view.base, p)

    def test_a_view_outlives_the_program(self):
        views = [program().view("y") for _ in range(20)]
        gc.collect()
        for view in views:
            np.testing.assert_array_equal(view, [2, 4, 6, 8])

    def test_views_are_not_written(self):
        t = nets.trainer()
        point = nets.trained_point(1)
        basis = basin.interp.interaction_bases(folded(point), nets.data())[0]
        for view in (program().view("y"), t.parameters().flat(), t.parameters()["layers.0.weight"],
                     basin.nn.load_digits().train.x, basis.C, basis.lambda_, point.parameters.flat()):
            with self.assertRaises(ValueError):
                view[...] = 0
            with self.assertRaises(ValueError):
                view.flags.writeable = True
        program().copy("y")[0] = 1  # a copy is the caller's

    def test_dlpack(self):
        p = program()
        view = p.view("y")
        other = np.from_dlpack(view)
        self.assertEqual(other.ctypes.data, view.ctypes.data)
        with self.assertRaises(ValueError):
            other[0] = 1
        del p, view
        gc.collect()
        np.testing.assert_array_equal(other, [2, 4, 6, 8])

    def test_parameters_are_fed(self):
        parameters = nets.trainer().parameters()
        bias = parameters["layers.1.bias"]
        parameters.feed("layers.1.bias", [3, 4])
        np.testing.assert_array_equal(bias, [3, 4])
        with self.assertRaises(basin.ShapeError):
            parameters.feed("layers.0.weight", np.zeros((4, 3)))

    def test_a_program_keeps_the_parameters_it_reads(self):
        g = basin.Graph()
        t = nets.trainer()
        ends = t.model().trace(g, 1)
        p = basin.Program(g, fetch=[ends.output], bindings=t.parameters().bindings(g))
        wanted = np.array(t.parameters()["layers.1.bias"])
        del t, g
        gc.collect()
        p.feed("x", [0, 0, 0])
        p.run()
        self.assertEqual(p.view(ends.output).shape, (1, 2))
        self.assertFalse(np.allclose(wanted, 0))

    def test_what_nobody_sees_is_freed(self):
        view = program().view("y")
        owner = weakref.ref(view.base)
        self.assertIsNotNone(owner())
        del view
        gc.collect()
        self.assertIsNone(owner())

    def test_parts_of_results_keep_the_whole(self):
        x = basin.nn.load_digits().train.x
        gc.collect()
        self.assertEqual(x.shape, (1437, 64))
        self.assertEqual(float(x.max()), 1.0)


def folded(point):
    dense = basin.interp.dense_network(point, "layers.1.pre")
    return basin.interp.FoldedModel(point, basin.interp.node_layers(dense))


if __name__ == "__main__":
    unittest.main()
