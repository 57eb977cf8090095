"""What a plan derives from outputs that modules declare sensitive.

Terraform 1.11 marks the values of sensitive variables and attributes, but not those of a called module's outputs with
``sensitive = true``: the plan of the caller shows them. They are followed here by the references in the configuration.

Source of the format: https://developer.hashicorp.com/terraform/internals/json-format#expression-representation
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.hcl.expressions import expression, references
from modproof.hcl.reader import module_blocks
from modproof.terraform.addresses import without_keys

__all__ = ["Derived", "derived"]


@dataclass(frozen=True, slots=True)
class Derived:
    """``outputs`` of the module, and ``attributes`` by the address of their resource without instance keys."""

    outputs: frozenset[str]
    attributes: Mapping[str, frozenset[str]]

    def of(self, address: str) -> frozenset[str]:
        """The attributes of the resource instance at ``address``, relative to the module."""
        return self.attributes.get(without_keys(address), frozenset()) if self.attributes else frozenset()


def derived(configuration: Mapping[str, Any], folder: Path | None = None) -> Derived:
    """What the module ``configuration`` declares sensitive or derives from a sensitive output of a called module.

    ``configuration`` is a module in Terraform's plan format, which has no locals: they are read from the files in
    ``folder``. Locals of modules from elsewhere are not followed.
    """
    if not any(map(_declares, _called(configuration))):
        return Derived(_declared(configuration), {})
    module = _Module(configuration, folder)
    outputs = module.follow(frozenset())
    return Derived(outputs, {block: frozenset(names) for block, names in module.attributes() if names})


def _called(configuration: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [call.get("module", {}) for call in configuration.get("module_calls", {}).values()]


def _declared(configuration: Mapping[str, Any]) -> frozenset[str]:
    outputs = configuration.get("outputs", {})
    return frozenset(name for name, output in outputs.items() if output.get("sensitive"))


def _declares(configuration: Mapping[str, Any]) -> bool:
    """Whether the module, or one that it calls, declares an output sensitive."""
    return bool(_declared(configuration)) or any(map(_declares, _called(configuration)))


@dataclass(slots=True)
class _Module:
    configuration: Mapping[str, Any]
    folder: Path | None
    sensitive: set[str] = field(default_factory=set)
    """References: ``var.a``, ``local.b``, ``module.c.output``, ``aws_x.this.attribute``."""
    calls: dict[str, _Module] = field(init=False)
    locals: dict[str, set[str]] = field(init=False)
    texts: dict[str, str] = field(init=False)
    """The expression of each output as written, as far as the files are known."""

    def __post_init__(self) -> None:
        self.calls = {
            name: _Module(call.get("module", {}), _local(self.folder, call.get("source", "")))
            for name, call in self.configuration.get("module_calls", {}).items()
        }
        self.locals = {} if self.folder is None else dict(_locals(self.folder))
        outputs = [] if self.folder is None else module_blocks(self.folder, "output")
        self.texts = {"".join(block.labels): block.text("value") for block in outputs}

    def follow(self, variables: frozenset[str]) -> frozenset[str]:
        """The sensitive outputs, where the values of ``variables`` are sensitive."""
        self.sensitive |= {f"var.{name}" for name in variables}
        before = -1
        while before != len(self.sensitive):
            before = len(self.sensitive)
            self.sensitive |= {f"local.{name}" for name, found in self.locals.items() if self._any(found)}
            for name, call in self.configuration.get("module_calls", {}).items():
                given = frozenset(self._arguments(call))
                self.sensitive |= {f"module.{name}.{output}" for output in self.calls[name].follow(given)}
            for resource in self.configuration.get("resources", []):
                self.sensitive |= {f"{resource['address']}.{name}" for name in self._arguments(resource)}
        outputs = self.configuration.get("outputs", {})
        found = (name for name, output in outputs.items() if self._any(self._read_by(name, output)))
        return _declared(self.configuration).union(found)

    def _read_by(self, name: str, output: Mapping[str, Any]) -> set[str]:
        """The references of an output, without modules of which it only reads outputs that are not sensitive."""
        found = _references(output.get("expression"))
        text = self.texts.get(name)
        return found if text is None else {each for each in found if not self._reads_only_open(text, each)}

    def _reads_only_open(self, text: str, call: str) -> bool:
        """Whether ``text`` reads instances of ``module.name`` only by outputs that are not sensitive.

        Terraform lists just the module for ``module.a[each.key].b``, ``module.a[*].b`` and
        ``[for x in module.a : x.b]``.
        """
        if call.count(".") != 1 or not call.startswith("module."):
            return False
        loop = re.compile(rf"\bfor\s+(?:[\w-]+\s*,\s*)?([\w-]+)\s+in\s+{re.escape(call)}\s*:")
        names = "|".join(map(re.escape, {call, *loop.findall(text)}))
        used = re.findall(rf"(?<![\w.-])(?:{names})(?![\w-])(?:\[[^\]]*\])?(?:\.([\w-]+))?", loop.sub("", text))
        return all(output and f"{call}.{output}" not in self.sensitive for output in used)

    def attributes(self, prefix: str = "") -> Iterator[tuple[str, set[str]]]:
        """The sensitive attributes of each resource, including those of called modules, after :meth:`follow`."""
        for resource in self.configuration.get("resources", []):
            yield f"{prefix}{resource['address']}", set(self._arguments(resource))
        for name, call in self.calls.items():
            yield from call.attributes(f"{prefix}module.{name}.")

    def _arguments(self, block: Mapping[str, Any]) -> Iterator[str]:
        """The arguments of a resource or module call that have a sensitive value."""
        repeated = self._any(_references(block.get("for_each_expression")))
        for name, argument in block.get("expressions", {}).items():
            found = _references(argument)
            if self._any(found) or (repeated and any(each.startswith("each.") for each in found)):
                yield name

    def _any(self, found: set[str]) -> bool:
        """Whether one of the references is, contains, or is a part of a sensitive value."""
        return any(
            f"{reference}.".startswith(f"{known}.") or f"{known}.".startswith(f"{reference}.")
            for reference in found
            for known in self.sensitive
        )


def _local(folder: Path | None, source: str) -> Path | None:
    return folder / source if folder is not None and source.startswith(("./", "../")) else None


def _locals(folder: Path) -> Iterator[tuple[str, set[str]]]:
    for block in module_blocks(folder, "locals"):
        for attribute in block.attributes:
            node = expression(attribute.text)
            if node is not None:
                yield attribute.name, _most_exact(_with_outputs(references(node), attribute.text))


def _with_outputs(found: set[str], text: str) -> set[str]:
    """``found`` with ``module.a`` continued to ``module.a.output`` where an output follows in ``text``."""
    outputs = re.findall(r"\bmodule\.[\w-]+(?:\[[^\]]*\])?\.[\w-]+", text)
    return found | {without_keys(output) for output in outputs}


def _references(value: Any) -> set[str]:
    """All references in the JSON of an expression, or of a block of expressions."""
    return _most_exact(set(_all_references(value)))


def _all_references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "references" and isinstance(inner, list) and all(isinstance(each, str) for each in inner):
                yield from map(without_keys, inner)
            else:
                yield from _all_references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _all_references(inner)


def _most_exact(found: set[str]) -> set[str]:
    """``found`` without the references that are a part of another: Terraform lists ``module.a.b`` and ``module.a``."""
    return {each for each in found if not any(other.startswith(f"{each}.") for other in found)}
