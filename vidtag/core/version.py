"""The version of vidtag, which the package's metadata has."""

from importlib.metadata import version

__version__ = version("vidtag")
