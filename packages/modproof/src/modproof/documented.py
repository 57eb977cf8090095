"""The calls of a module that people are shown, as cases: what a README or an example promises must plan."""

from __future__ import annotations

from collections.abc import Collection

from modproof.cases import Case, Expect
from modproof.documents import Document
from modproof.examples import Call, calls
from modproof.project import Project
from modproof.results import Place

__all__ = ["documented"]

_README = "readme"
_EXAMPLE = "example_"


def documented(project: Project, module: str, taken: Collection[str] = ()) -> list[Case]:
    """The calls of ``module`` that the project's settings make cases, but for names in ``taken``.

    What a call computes from other resources is unknown in the plan.
    """
    wanted = project.settings.documented
    found: list[Case] = []
    for call in calls(project, project.module_folder(module)) if wanted else []:
        in_readme = call.name == _README or call.name.startswith(f"{_README}_")
        name = call.name if in_readme else f"{_EXAMPLE}{call.name}"
        if name not in taken and ("readme" if in_readme else "examples") in wanted:
            found.append(_case(project, module, name, call))
    return found


def _case(project: Project, module: str, name: str, call: Call) -> Case:
    folder = project.module_folder(module)
    place = Place(project.relative(folder / "README.md"), 1) if not name.startswith(_EXAMPLE) else None
    place = place or Place(project.relative(folder))
    return Case(
        module=module,
        name=name,
        folder=folder,
        variables=call.variables,
        unknown=tuple(_path(parts) for parts in call.computed),
        expect=Expect(),
        rejects=None,
        place=place,
        document=Document(folder, {}, {}),
        root=project.root,
        description="a call that people are shown",
    )


def _path(parts: tuple[str | int, ...]) -> str:
    first, *rest = parts
    return str(first) + "".join(f"[{part}]" if isinstance(part, int) else f'["{part}"]' for part in rest)
