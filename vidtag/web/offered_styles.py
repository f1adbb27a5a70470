"""The house styles that users of a server may choose: the built-in ones, and the server's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from vidtag.core.errors import UserError
from vidtag.core.settings import Config, HouseStyleConfig
from vidtag.core.settings.house_style import BUILT_IN, style_name


@dataclass(frozen=True, slots=True)
class OfferedStyles:
    """House styles by name, the default first."""

    by_name: Mapping[str, str | HouseStyleConfig]

    @classmethod
    def of(cls, given: Sequence[str]) -> Self:
        """The styles that a server was started with, before the built-in ones.

        Args:
            given: names and files.

        Raises:
            ConfigError: one is no house style.
        """
        values = ({"subtitles.profile": one} for one in (*given, *BUILT_IN))
        styles = [Config().with_values(each).subtitles.profile for each in values]
        by_name: dict[str, str | HouseStyleConfig] = {}
        for style in styles:
            by_name.setdefault(style_name(style), style)
        return cls(by_name)

    @property
    def default(self) -> str | HouseStyleConfig:
        """The first."""
        return next(iter(self.by_name.values()))

    def named(self, name: str) -> str | HouseStyleConfig:
        """The style of a name.

        Raises:
            UserError: it is not offered.
        """
        try:
            return self.by_name[name]
        except KeyError:
            raise UserError(
                f"the house style {name!r} is not offered here",
                remedy=f"choose one of {', '.join(self.by_name)}",
            ) from None


BUILT_IN_STYLES = OfferedStyles({name: name for name in BUILT_IN})
