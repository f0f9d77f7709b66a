"""Trains a small network on handwritten digits, then looks inside it: a hidden layer on one image, and its gradient."""
import numpy as np

import basin

train, test = basin.nn.load_digits()
model = basin.nn.mlp(dict(widths=[64, 32, 10]), basin.nn.Loss.cross_entropy)
trainer = basin.nn.Trainer[np.float32](model, dict(epochs=30), basin.nn.inputs_of(train))
trainer.run_to(30)
print("test accuracy", basin.nn.evaluate(model, trainer.parameters(), test).accuracy)
g = basin.Graph()  # the same network for one image; it reads the trained parameters where they lie
ends, hidden = model.trace(g, 1), g["layers.0.post"]
slope = basin.grad(basin.mean(ends.loss), [hidden])[0]
look = basin.Program[np.float32](g, fetch=[hidden, slope], bindings=trainer.parameters().bindings(g))
look.feed("x", test.x[0]), look.feed("t", test.y[:1]), look.run()
print(np.c_[look.view(hidden)[0], look.view(slope)[0]])  # views of the program's own numbers
