"""Networks, data and training: the headers of nn/."""
from ._basin.nn import *  # noqa: F403
