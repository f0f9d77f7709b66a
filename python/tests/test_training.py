"""Training: the executable's numbers to the bit, exact resume, models of one's own, other threads, Ctrl-C."""
import functools
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import numpy as np

import basin
import nets

INTERRUPTED = """
import sys, numpy as np, basin, nets
spec = dict(epochs=100000, batch=8)
t = nets.trainer(**spec)
print("ready", flush=True)
try:
    t.run_to(100000)
except KeyboardInterrupt as stopped:
    assert type(stopped) is basin.Interrupted and "between two steps" in str(stopped), repr(stopped)
else:
    sys.exit("not interrupted")
epoch = t.epoch()
t.run_to(epoch + 3)  # state was not lost: it goes on as if nothing had been
again = nets.trainer(**spec)
again.run_to(epoch + 3)
assert epoch > 0 and np.array_equal(t.parameters().flat(), again.parameters().flat())
print("went on from", epoch)
"""
IN_A_FOLDER = """
import basin, nets, sys
split = basin.nn.load_digits()
model = basin.nn.mlp(dict(widths=[64, 16, 10]), basin.nn.Loss.cross_entropy)
print("ready", flush=True)
try:
    basin.nn.train_in(sys.argv[1], model, dict(epochs=100000), split)
except KeyboardInterrupt as stopped:
    print(stopped)
"""
SAMPLING = """
import basin, nets
point = nets.trained_point(2)
posterior = basin.interp.LocalPosterior(model=point, data=nets.data(), n_beta=10, gamma=1)
print("ready", flush=True)
try:
    basin.interp.sample(posterior, dict(), dict(draws=100000000, chains=2, threads=2))
except KeyboardInterrupt:
    print("stopped")
"""


def interrupted(program, *arguments, after=0.4):
    """The output of a program that gets SIGINT while it computes, and how long it then took to end."""
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # shells let background jobs ignore it
    run = subprocess.Popen([sys.executable, "-c", program, *arguments], cwd=pathlib.Path(__file__).parent, text=True,
                           preexec_fn=heard, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        run.stdout.readline()
        time.sleep(after)
        run.send_signal(signal.SIGINT)
        start = time.monotonic()
        text = run.communicate(timeout=60)[0]
        return run.returncode, text, time.monotonic() - start
    finally:
        run.kill()


class Training(unittest.TestCase):
    @unittest.skipUnless((nets.EXECUTABLES / "train_mlp").is_file(), "no train_mlp to compare with")
    def test_the_executable_has_the_same_bits(self):
        for dtype, name in ((np.float32, "f32"), (np.float64, "f64")):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                subprocess.run([nets.EXECUTABLES / "train_mlp", "--out", folder / "run", "--epochs", "4", "--widths",
                                "24", "--dtype", name, "--seed", "3", "--quiet"], check=True, capture_output=True)
                split = basin.nn.load_digits()
                model = basin.nn.mlp(dict(widths=[64, 24, 10]), basin.nn.Loss.cross_entropy)
                spec = dict(epochs=4, seed=3, schedule=dict(steps=180))
                last = basin.nn.train_in(folder / "mine", model, spec, split, dtype=dtype)
                files = "metrics.jsonl", "checkpoints/epoch-0004.safetensors"
                for file in files:
                    self.assertEqual((folder / "run" / file).read_bytes(), (folder / "mine" / file).read_bytes(), file)
                lines = (folder / "run/metrics.jsonl").read_text().splitlines()
                losses = [json.loads(line)["train_loss"] for line in lines]
                t = basin.nn.Trainer[dtype](model, spec, basin.nn.inputs_of(split.train))
                mine = []
                while not t.done():
                    while not t.epoch_ended():
                        t.step()
                    mine.append(t.end_epoch().train_loss)
                self.assertEqual(losses, mine)
                self.assertEqual(last.train_loss, mine[-1])

    def test_resume_is_exact(self):
        whole = nets.trainer()
        whole.run_to(3)
        half = nets.trainer()
        half.run_to(1)
        with tempfile.TemporaryDirectory() as folder:
            half.save(f"{folder}/state.safetensors")
            other = nets.trainer()
            other.resume(f"{folder}/state.safetensors")
        other.run_to(3)
        np.testing.assert_array_equal(whole.parameters().flat(), other.parameters().flat())

    def test_a_model_traced_in_python(self):
        def trace(g, rows):
            x, t = g.input("x", [rows, 3]), g.input("t", [rows, 2])
            w = g.parameter("w", [3, 2], dict(kind=basin.Start.normal, scale=0.1))
            out = g.name(basin.matmul(x, w), "out")
            return dict(output=out, loss=basin.mse(out, t))
        t = basin.nn.Trainer(basin.Model(trace), dict(epochs=1000, batch=40, schedule=dict(rate=0.01)), nets.data())
        t.run_to(1000)
        x, target = nets.data().values()
        np.testing.assert_allclose(t.parameters()["w"], np.linalg.lstsq(x, target)[0], atol=1e-3)
        means = t.means_over(nets.data(), lambda g, ends: [ends.loss])
        self.assertAlmostEqual(means[0], np.mean((x @ t.parameters()["w"] - target) ** 2))

    def test_other_threads_go_on(self):
        t = nets.trainer(epochs=20000)
        trained, counted = threading.Event(), [0]

        def count():
            while not trained.is_set():
                counted[0] += 1
                time.sleep(0)
        other = threading.Thread(target=count)
        other.start()
        before = counted[0]
        t.run_to(20000)
        advanced = counted[0] - before
        trained.set()
        other.join()
        self.assertGreater(advanced, 100)


class Interrupts(unittest.TestCase):
    def test_training_stops_and_goes_on(self):
        code, text, seconds = interrupted(INTERRUPTED)
        self.assertEqual(code, 0, text)
        self.assertIn("went on", text)

    def test_training_in_a_folder_saves_first(self):
        with tempfile.TemporaryDirectory() as folder:
            code, text, seconds = interrupted(IN_A_FOLDER, folder)
            self.assertEqual(code, 0, text)
            self.assertIn("state saved in", text)
            self.assertTrue((pathlib.Path(folder) / "checkpoints/last.safetensors").is_file())
            self.assertLess(seconds, 5)

    def test_threads_of_a_computation_stop_too(self):
        code, text, seconds = interrupted(SAMPLING)
        self.assertEqual((code, text), (0, "stopped\n"))
        self.assertLess(seconds, 5)

    def test_other_signal_handlers_raise_what_they_like(self):
        def too_late(number, frame):
            raise TimeoutError("late")
        before = signal.signal(signal.SIGALRM, too_late)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with self.assertRaisesRegex(TimeoutError, "late"):
                nets.trainer(epochs=10**7).run_to(10**7)
        finally:
            signal.signal(signal.SIGALRM, before)
        nets.trainer().run_to(3)  # and the library is not stopped for ever


if __name__ == "__main__":
    unittest.main()
