"""Trains a network, patches it, counts its free directions, and draws what was found if matplotlib is there.

    explore.py [--quick] [--out explore.png]
"""
import argparse

import numpy as np

import basin


def train(epochs):
    data = basin.nn.load_digits()
    model = basin.nn.mlp(dict(widths=[64, 16, 10]), basin.nn.loss_of(data.train))
    trainer = basin.nn.Trainer[np.float32](model, dict(epochs=epochs), basin.nn.inputs_of(data.train))
    losses = []
    while not trainer.done():
        trainer.run_to(trainer.epoch() + 1)
        losses.append(basin.nn.evaluate(model, trainer.parameters(), data.test).loss)
    point = basin.interp.ModelPoint(model, trainer.parameters())
    print(f"test accuracy {basin.nn.evaluate(model, trainer.parameters(), data.test).accuracy:.3f}")
    return data, point, losses


def patched(point, data):
    """For each hidden neuron: how the loss on the test rows changes when the neuron is given the other rows' values."""
    rows = len(data.test.x)
    g = basin.Graph()
    loss = basin.mean(point.trace(g, rows).loss)
    hidden = g["layers.0.post"]
    bindings = point.parameters.bindings(g)
    look = basin.Program(g, fetch=[hidden, loss], bindings=bindings)
    look.feed("x", data.test.x), look.feed("t", data.test.y), look.run()
    clean, base = look.copy(hidden), look.scalar(loss)
    patch = basin.Program(g, fetch=[loss], feed=[hidden], bindings=bindings)  # what lies before hidden is not computed
    patch.feed("t", data.test.y)
    changes = np.empty(clean.shape[1])
    for neuron in range(len(changes)):
        values = clean.copy()
        values[:, neuron] = np.roll(clean[:, neuron], 1)
        patch.feed(hidden, values), patch.run()
        changes[neuron] = patch.scalar(loss) - base
    return changes


def counted(point, data, rows):
    network = basin.interp.dense_network(point, "layers.1.pre")
    report = basin.interp.degeneracy(basin.interp.relu_net(network), data.train.x[:rows])
    print(f"{report.parameters} parameters, {report.free_directions()} free directions on {rows} rows, "
          f"{report.lower_bound()} of them explained; {'decided' if report.decided() else 'undecided'}")
    for layer in report.layers:
        print(f"  {layer.name}: activations {layer.activation.rank} of {layer.columns}, gradients {layer.gradient.rank}"
              f" of {layer.rows}")
    return report


def draw(losses, changes, path):
    try:
        import matplotlib
    except ImportError:
        print("no matplotlib, so nothing is drawn")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    left.plot(range(1, len(losses) + 1), losses)
    left.set(xlabel="epoch", ylabel="test loss", yscale="log")
    right.bar(range(len(changes)), changes)
    right.set(xlabel="hidden neuron", ylabel="rise of the loss when patched")
    figure.savefig(path, dpi=150)
    print(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", default="explore.png")
    chosen = parser.parse_args()
    data, point, losses = train(5 if chosen.quick else 40)
    changes = patched(point, data)
    print("neurons by what patching them costs:", *np.argsort(-changes))
    counted(point, data, 40 if chosen.quick else 150)
    draw(losses, changes, chosen.out)


if __name__ == "__main__":
    main()
