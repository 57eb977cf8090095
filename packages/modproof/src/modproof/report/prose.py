"""Markdown of the ledger as safe HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

__all__ = ["prose"]

_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802  a method of markdown-it
        return _LINK.match(url) is not None


def _link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer")
    return renderer.renderToken(tokens, index, options, env)


# neither HTML, images nor headings, which would be headings of the page
_MARKDOWN = _Markdown("zero", {"html": False}).enable(
    ["autolink", "backticks", "emphasis", "entity", "escape", "fence", "link", "list", "newline"]
)
_MARKDOWN.add_render_rule("link_open", _link)


def prose(text: str) -> Markup:
    """``text``, Markdown of users, as HTML. HTML in it is escaped; only links to the web and to mail are links."""
    return Markup(_MARKDOWN.render(text))  # noqa: S704  markdown-it escapes
