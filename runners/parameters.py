"""Typed hyper-parameters, declared once: the form, the command line and the validation come from them.

Standard library only, and never a framework.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runners.protocol import Scalar

UNBOUNDED = 2**31 - 1
"""As a bound of `Integer`, with minus as the other one: any that the form's fields can hold."""


class ParameterError(ValueError):
    """A value that a parameter cannot take; the message says which ones it can."""


@dataclass(frozen=True, kw_only=True)
class Parameter(ABC):
    """One declared hyper-parameter."""

    name: str
    title: str
    help: str
    unit: str = ""
    group: str = "Model"
    default: Scalar

    @property
    @abstractmethod
    def range_text(self) -> str:
        """The values it can take, for a person."""

    @abstractmethod
    def check(self, value: object) -> Scalar:
        """The value in the parameter's type. Raises ParameterError."""

    @abstractmethod
    def parse(self, text: str) -> Scalar:
        """The value that a person typed. Raises ParameterError."""

    def format(self, value: Scalar) -> str:
        """The text that `parse` reads back as the value."""
        return str(value)

    def _wrong(self, value: object) -> ParameterError:
        return ParameterError(f"{self.title} must be {self.range_text}, not {value!r}")


@dataclass(frozen=True, kw_only=True)
class Integer(Parameter):
    default: int
    minimum: int
    maximum: int

    @property
    def range_text(self) -> str:
        if -self.minimum == self.maximum == UNBOUNDED:
            return "a whole number"
        return f"a whole number from {self.minimum:,} to {self.maximum:,}"

    def check(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(value)
        if not self.minimum <= value <= self.maximum:
            raise self._wrong(value)
        return value

    def parse(self, text: str) -> int:
        try:
            value = int(text.strip())
        except ValueError:
            raise self._wrong(text) from None
        return self.check(value)


@dataclass(frozen=True, kw_only=True)
class Real(Parameter):
    """``logarithmic`` says that its size matters, not its distance: steps multiply."""

    default: float
    minimum: float
    maximum: float
    logarithmic: bool = False

    @property
    def range_text(self) -> str:
        if -self.minimum == self.maximum == math.inf:
            return "a number"
        return f"a number from {self.minimum:g} to {self.maximum:g}"

    def check(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(value)
        if not (math.isfinite(value) and self.minimum <= value <= self.maximum):
            raise self._wrong(value)
        return float(value)

    def parse(self, text: str) -> float:
        try:
            value = float(text.strip())
        except ValueError:
            raise self._wrong(text) from None
        return self.check(value)

    def format(self, value: Scalar) -> str:
        return f"{value:.10g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter):
    default: str
    options: tuple[str, ...]

    @property
    def range_text(self) -> str:
        return f"one of {', '.join(self.options)}"

    def check(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise self._wrong(value)
        return value

    def parse(self, text: str) -> str:
        return self.check(text.strip())


@dataclass(frozen=True, kw_only=True)
class Flag(Parameter):
    default: bool

    @property
    def range_text(self) -> str:
        return "true or false"

    def check(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(value)
        return value

    def parse(self, text: str) -> bool:
        word = text.strip().lower()
        if word in ("true", "yes", "on", "1"):
            return True
        if word in ("false", "no", "off", "0"):
            return False
        raise self._wrong(text)

    def format(self, value: Scalar) -> str:
        return "true" if value else "false"


@dataclass(frozen=True, kw_only=True)
class Text(Parameter):
    """A line of text, such as the path of a file; what it has to be, the template's ``misfit`` or the script says."""

    default: str

    @property
    def range_text(self) -> str:
        return "a line of text"

    def check(self, value: object) -> str:
        if not isinstance(value, str) or "\n" in value:
            raise self._wrong(value)
        return value

    def parse(self, text: str) -> str:
        return self.check(text.strip())


@dataclass(frozen=True, kw_only=True)
class IntegerList(Parameter):
    """A short list of sizes, such as the widths of layers, typed as ``128, 64``."""

    default: tuple[int, ...]
    minimum: int
    maximum: int
    shortest: int = 1
    longest: int = 8

    @property
    def range_text(self) -> str:
        return (
            f"{self.shortest} to {self.longest} whole numbers from {self.minimum:,} to "
            f"{self.maximum:,}, separated by commas"
        )

    def check(self, value: object) -> tuple[int, ...]:
        if not isinstance(value, list | tuple) or not self.shortest <= len(value) <= self.longest:
            raise self._wrong(value)
        for item in value:
            if isinstance(item, bool) or not isinstance(item, int):
                raise self._wrong(value)
            if not self.minimum <= item <= self.maximum:
                raise self._wrong(value)
        return tuple(value)

    def parse(self, text: str) -> tuple[int, ...]:
        words = [word for word in text.replace(",", " ").split() if word]
        try:
            value = [int(word) for word in words]
        except ValueError:
            raise self._wrong(text) from None
        return self.check(value)

    def format(self, value: Scalar) -> str:
        return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def complete(
    declared: Iterable[Parameter], given: Mapping[str, object]
) -> tuple[dict[str, Scalar], dict[str, str]]:
    """Every declared parameter's value, given or default, and an error message per bad name.

    A text is parsed, so that the command line and the form need no types of their own.
    """
    parameters = {parameter.name: parameter for parameter in declared}
    values: dict[str, Scalar] = {name: p.default for name, p in parameters.items()}
    errors: dict[str, str] = {}
    for name, value in given.items():
        parameter = parameters.get(name)
        if parameter is None:
            errors[name] = f"there is no parameter {name!r}; there are: {', '.join(parameters)}"
            continue
        try:
            is_text = isinstance(value, str)
            values[name] = parameter.parse(str(value)) if is_text else parameter.check(value)
        except ParameterError as error:
            errors[name] = str(error)
    return values, errors
