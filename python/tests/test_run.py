"""basin.load: a run's folder by json and numpy."""
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np

import basin
import nets


class MadeRun(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        (self.path / "manifest.json").write_text('{"experiment": "demo", "status": "finished"}')
        (self.path / "metrics.jsonl").write_text('{"epoch":1,"loss":0.5}\n{"epoch":2,"loss":null}\n')
        (self.path / "config.toml").write_text("widths = [4]\n")
        for name in ("arrays", "figures", "networks/seed-0/checkpoints"):
            (self.path / name).mkdir(parents=True)
        np.savez(self.path / "arrays/found.npz", a=np.arange(3))
        (self.path / "figures/line.csv").write_text("x,y\n1,2\n3,4\n")

    def tearDown(self):
        self.folder.cleanup()

    def test_everything_is_read(self):
        run = basin.load(self.path)
        self.assertEqual(run.manifest["experiment"], "demo")
        self.assertEqual([line["loss"] for line in run.metrics], [0.5, None])
        self.assertEqual(run.config, {"widths": [4]})
        np.testing.assert_array_equal(run.arrays["found"]["a"], [0, 1, 2])
        with self.assertRaises(ValueError):
            run.arrays["found"]["a"][0] = 1
        np.testing.assert_array_equal(run.figures["line"]["y"], [2, 4])
        self.assertEqual((run.results, run.json("claims.json"), run.networks), ({}, None, []))
        self.assertEqual(list(run.runs), ["networks/seed-0"])

    def test_other_folders_are_refused(self):
        with self.assertRaisesRegex(basin.DataError, "give the folder of a run"):
            basin.load(self.path / "arrays")

    def test_networks_are_tensors_and_models(self):
        t = nets.trainer(np.float32)
        t.run_to(3)
        (self.path / "checkpoints").mkdir()
        t.save_network(str(self.path / "checkpoints/epoch-0003.safetensors"))
        network = basin.load(self.path).networks[-1]
        weight = network.tensors["layers.0.weight"]
        np.testing.assert_array_equal(weight.T, t.parameters()["layers.0.weight"])
        self.assertFalse(weight.flags.writeable)
        self.assertEqual((network.epoch, network.metadata["model"]), (3, "mlp"))
        point = network.point()
        np.testing.assert_array_equal(point.parameters.flat(), t.parameters().flat())


@unittest.skipUnless((nets.EXECUTABLES / "train_mlp").is_file(), "no executable whose run could be read")
class RealRun(unittest.TestCase):
    def test_of_train_mlp(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([nets.EXECUTABLES / "train_mlp", "--out", f"{folder}/run", "--epochs", "2", "--quiet"],
                           check=True, capture_output=True)
            run = basin.load(f"{folder}/run")
            self.assertEqual((run.manifest["status"], run.config["epochs"], len(run.metrics)), ("finished", 2, 2))
            self.assertEqual([network.epoch for network in run.networks], [0, 2])
            test = basin.nn.load_digits().test
            point = run.networks[-1].point()
            found = basin.nn.evaluate(point, point.parameters, test)
            self.assertAlmostEqual(found.loss, run.metrics[-1]["test_loss"], places=5)


if __name__ == "__main__":
    unittest.main()
