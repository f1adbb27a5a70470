"""The version of vidtag, here and nowhere else: the package's metadata is built from it."""

__version__ = "0.1.0"
