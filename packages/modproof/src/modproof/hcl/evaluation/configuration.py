"""The names of a configuration: what its variables, locals, resources and modules are before a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modproof.hcl.evaluation.evaluator import evaluate
from modproof.hcl.evaluation.values import typed
from modproof.hcl.expressions import expression
from modproof.hcl.reader import Block, read_folder
from modproof.hcl.types import MISSING, UNKNOWN, parse_type

__all__ = ["Configuration"]

_TFVARS = ("terraform.tfvars", "terraform.tfvars.json", "*.auto.tfvars", "*.auto.tfvars.json")


class Configuration:
    """``blocks``, as they stand in ``folder``. ``given`` gives a variable's value, MISSING where it is not set.

    A resource is known by its keys alone: what its attributes are is for the plan to say.
    """

    def __init__(self, folder: Path, blocks: Sequence[Block], given: Callable[[str], Any] = lambda _: MISSING) -> None:
        self.blocks = blocks
        self._folder = folder
        self._given = given
        self._known: dict[tuple[str, ...], Any] = {}
        self._modules: dict[str, Configuration | None] = {}

    @classmethod
    def of_folder(cls, folder: Path, given: Callable[[str], Any] | None = None) -> Configuration:
        """The configuration that the files of ``folder`` make; those that cannot be read are left out.

        Where ``given`` is left out it is a root module, whose variables tfvars files may set anew.
        """
        if given is None:
            is_set = any(path for pattern in _TFVARS for path in folder.glob(pattern))
            value = UNKNOWN if is_set else MISSING
            return cls.of_folder(folder, lambda _: value)
        return cls(folder, [block for file in read_folder(folder) for block in file.blocks], given)

    def value(self, text: str) -> Any:
        """The value of an expression; UNKNOWN, or UNKNOWN in a part of it, for what the files do not tell."""
        root = expression(text)
        return UNKNOWN if root is None else evaluate(root, self._resolve)

    def _resolve(self, names: list[str]) -> tuple[Any, int]:
        size = 3 if names[0] in ("module", "data") else 2
        reference = tuple(names[:size])
        if len(reference) < size:
            return UNKNOWN, len(reference)
        if reference not in self._known:
            self._known[reference] = UNKNOWN  # for what refers to itself
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
        # a type that is not looked into may convert what is in it
        return UNKNOWN if "tuple(" in written["type"] else typed(parse_type(written["type"]), value)

    def _keys(self, kind: str, name: str) -> Any:
        written = self._attributes("resource", kind, name)
        collection = self.value(written["for_each"]) if "for_each" in written else UNKNOWN
        if isinstance(collection, Mapping | list) and all(isinstance(key, str) for key in collection):
            return dict.fromkeys(collection, UNKNOWN)
        count = self.value(written["count"]) if "count" in written else UNKNOWN
        return [UNKNOWN] * count if isinstance(count, int) else UNKNOWN

    def output(self, name: str) -> Any:
        """The value of an output."""
        written = self._attributes("output", name)
        return self.value(written["value"]) if "value" in written else UNKNOWN

    def _module(self, name: str) -> Configuration | None:
        if name not in self._modules:
            written = self._attributes("module", name)
            source = written.get("source", "").strip('"')
            local = source.startswith(("./", "../")) and not {"for_each", "count"} & written.keys()

            def given(variable: str) -> Any:
                return self.value(written[variable]) if variable in written else MISSING

            self._modules[name] = Configuration.of_folder(self._folder / source, given) if local else None
        return self._modules[name]
