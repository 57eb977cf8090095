"""Resolves the references of a configuration: its variables, locals, resources and modules before a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modproof.hcl.closure import local_source
from modproof.hcl.evaluation.evaluator import evaluate
from modproof.hcl.evaluation.values import typed
from modproof.hcl.expressions import called, expression
from modproof.hcl.reader import Block, read_folder
from modproof.hcl.tree import walk
from modproof.hcl.types import MISSING, UNKNOWN, parse_type

__all__ = ["Configuration"]

_TFVARS = ("terraform.tfvars", "terraform.tfvars.json", "*.auto.tfvars", "*.auto.tfvars.json")


class Configuration:
    """The ``blocks`` of a module in ``folder``. ``given`` returns a variable's value, MISSING if it is not set.

    Of a resource only the keys of its instances are known; its attributes are UNKNOWN.
    """

    def __init__(self, folder: Path, blocks: Sequence[Block], given: Callable[[str], Any] = lambda _: MISSING) -> None:
        self.blocks = blocks
        self._folder = folder
        self._given = given
        self._known: dict[tuple[str, ...], Any] = {}
        self._modules: dict[str, Configuration | None] = {}

    @classmethod
    def of_folder(cls, folder: Path, given: Callable[[str], Any] | None = None) -> Configuration:
        """The configuration in the readable files of ``folder``.

        Without ``given`` it is a root module. If it has tfvars files, its variables are UNKNOWN.
        """
        if given is None:
            is_set = any(path for pattern in _TFVARS for path in folder.glob(pattern))
            value = UNKNOWN if is_set else MISSING
            return cls.of_folder(folder, lambda _: value)
        return cls(folder, [block for file in read_folder(folder) for block in file.blocks], given)

    def value(self, text: str) -> Any:
        """The value of an expression. It, or parts of it, are UNKNOWN if the files do not determine them."""
        root = expression(text)
        return UNKNOWN if root is None else evaluate(root, self._resolve)

    def definition(self, names: Sequence[str]) -> tuple[Configuration, str, int] | None:
        """What a reference to a local or to an output of a local module means; None for any other.

        The configuration and the text of the expression, and how many of the names it consumes.
        """
        if names[0] == "local" and len(names) > 1:
            text = self._attributes("locals").get(names[1])
            return None if text is None else (self, text, 2)
        module = self._module(names[1]) if names[0] == "module" and len(names) > 2 else None
        written = module._attributes("output", names[2]) if module else {}
        return (module, written["value"], 3) if module and "value" in written else None

    def _resolve(self, names: list[str]) -> tuple[Any, int]:
        size = 3 if names[0] in ("module", "data") else 2
        reference = tuple(names[:size])
        if len(reference) < size:
            return UNKNOWN, len(reference)
        if reference not in self._known:
            self._known[reference] = UNKNOWN  # a reference that leads to itself
            self._known[reference] = self._look_up(reference)
        return self._known[reference], size

    def _look_up(self, reference: tuple[str, ...]) -> Any:
        kind, name = reference[0], reference[1]
        match kind:
            case "var":
                return self._variable(name)
            case "local":
                found = self._attributes("locals").get(name)
                return UNKNOWN if found is None else self.value(found)
            case "module":
                module = self._module(name)
                return UNKNOWN if module is None else module.output(reference[2])
            case "data" | "each" | "count" | "self" | "path" | "terraform":
                return UNKNOWN
        return self._keys(kind, name)

    def _attributes(self, kind: str, *labels: str) -> dict[str, str]:
        found = (block for block in self.blocks if block.kind == kind and block.labels == labels)
        return {attribute.name: attribute.text for block in found for attribute in block.attributes}

    def _variable(self, name: str) -> Any:
        written = self._attributes("variable", name)
        value = self._given(name)
        if value is MISSING or (value is None and written.get("nullable") == "false"):
            value = self.value(written["default"]) if "default" in written else UNKNOWN
        if "type" not in written:
            return value
        return UNKNOWN if _has_tuple(written["type"]) else typed(parse_type(written["type"]), value)

    def _keys(self, kind: str, name: str) -> Any:
        written = self._attributes("resource", kind, name)
        collection = self.value(written["for_each"]) if "for_each" in written else UNKNOWN
        if isinstance(collection, Mapping | list) and all(isinstance(key, str) for key in collection):
            return dict.fromkeys(collection, UNKNOWN)
        count = self.value(written["count"]) if "count" in written else UNKNOWN
        return [UNKNOWN] * count if isinstance(count, int) and count >= 0 else UNKNOWN

    def output(self, name: str) -> Any:
        """The value of an output."""
        written = self._attributes("output", name)
        return self.value(written["value"]) if "value" in written else UNKNOWN

    def _module(self, name: str) -> Configuration | None:
        if name not in self._modules:
            self._modules[name] = self._called(name)
        return self._modules[name]

    def _called(self, name: str) -> Configuration | None:
        """The local module that a call without ``count`` and ``for_each`` calls."""
        call = next((block for block in self.blocks if block.kind == "module" and block.labels == (name,)), None)
        source = None if call is None or call.attribute("count") or call.attribute("for_each") else local_source(call)
        if call is None or source is None:
            return None

        def given(variable: str) -> Any:
            return self.value(call.text(variable)) if call.attribute(variable) else MISSING

        return Configuration.of_folder(self._folder / source, given)


def _has_tuple(text: str) -> bool:
    """Whether a type has a tuple in it, which converts its elements: :class:`Type` does not have their types."""
    root = expression(text)
    return root is not None and any(called(node) == "tuple" for node in walk(root))
