"""What networks are made of: the headers of interp/."""
from ._basin.interp import *  # noqa: F403
