"""Small neural networks that can be looked into, and how degenerate they are.

basin.nn and basin.interp are the C++ namespaces; names and meaning are those of the headers (docs/python.md).
"""
from . import _basin
from ._basin import *  # noqa: F403
from ._basin import __version__
from . import interp, nn  # behind the line above, which brings the inner modules of these names
from .run import Network, Run, load

__all__ = [*(name for name in vars(_basin) if not name.startswith("_")), "Network", "Run", "load"]
