"""YAML files that know their lines, and brochure texts in Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.problems import Problem

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """The fast safe loader, in which only true and false are truth values: `on` and `no` are words."""


_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    letter: [rule for rule in rules if rule[0] != _BOOL] for letter, rules in _Base.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false|True|False)$"), list("tfTF"))

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
_HEADING = re.compile(r"^##\s+(?P<heading>.+?)\s*\{#(?P<id>[^}\s]+)\}\s*$")

Location = tuple[str | int, ...]


@dataclass
class YamlSource:
    """A parsed YAML file: `data`, and the line of every key and item."""

    file: str
    data: Any = None
    problems: list[Problem] = field(default_factory=list)
    _lines: dict[Location, int] = field(default_factory=dict)

    def line(self, *location: str | int) -> int:
        """The line (from 1) of a key or item, or of the nearest thing around it that is there."""
        while location and location not in self._lines:
            location = location[:-1]
        return self._lines.get(location, 1)

    def problem(self, code: str, message: str, *location: str | int) -> Problem:
        return Problem(self.file, self.line(*location), code, message)


def read_yaml(path: Path, name: str) -> YamlSource:
    """Read a YAML file; what cannot be read becomes a problem with its line."""
    try:
        return parse_yaml(path.read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        source = YamlSource(name)
        source.problems.append(Problem(name, 1, "unreadable", f"the file cannot be read as UTF-8: {error}"))
        return source


def parse_yaml(text: str, name: str) -> YamlSource:
    """Parse YAML; what is no YAML becomes a problem with its line."""
    source = YamlSource(name)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is not None:
            _locate(node, (), source)
            source.data = loader.construct_document(node)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        reason = getattr(error, "problem", None) or str(error)
        source.problems.append(Problem(name, line, "yaml", f"this is not valid YAML ({reason}); mend it here"))
    finally:
        loader.dispose()
    return source


def _locate(node: Any, location: Location, source: YamlSource) -> None:
    source._lines.setdefault(location, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                message = f'the key "{name}" stands here twice; keep one'
                source.problems.append(Problem(source.file, line, "duplicate-key", message))
            seen.add(name)
            source._lines[(*location, name)] = line
            _locate(value, (*location, name), source)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _locate(item, (*location, index), source)


@dataclass
class TextSection:
    """One "## Heading {#id}" of a brochure text and what stands under it; `body_line` is the body's first line."""

    id: str
    heading: str
    line: int
    body_line: int
    markdown: str


@dataclass
class TextFile:
    """A brochure in one language: front matter, title, sections."""

    file: str
    language: str
    front: dict[str, Any] = field(default_factory=dict)
    front_source: YamlSource | None = None
    title: str = ""
    title_line: int = 1
    sections: dict[str, TextSection] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def front_line(self, *location: str | int) -> int:
        """The line of something in the front matter."""
        return self.front_source.line(*location) if self.front_source else 1

    def add(self, line: int, code: str, message: str) -> None:
        self.problems.append(Problem(self.file, line, code, message))


def read_text(path: Path, name: str, language: str) -> TextFile:
    """Read a brochure text; what is wrong with its form becomes problems with their lines."""
    result = TextFile(name, language)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        result.add(1, "unreadable", f"the file cannot be read as UTF-8: {error}")
        return result
    start = _front_matter(lines, result)
    _sections(lines, start, result)
    if not result.title:
        result.add(start + 1, "no-title", 'write the title of the brochure as "# Title" under the front matter')
    return result


def _front_matter(lines: list[str], result: TextFile) -> int:
    if not lines or lines[0].strip() != "---" or "---" not in [line.strip() for line in lines[1:]]:
        result.add(1, "front-matter", "begin the file with front matter between two lines of ---: revision, reviewed")
        return 0
    end = next(number for number, line in enumerate(lines[1:], 1) if line.strip() == "---")
    source = parse_yaml("\n".join(["", *lines[1:end]]), result.file)  # the empty line stands for the first ---
    result.problems += source.problems
    if isinstance(source.data, dict):
        result.front = {str(key): value for key, value in source.data.items()}
    result.front_source = source
    return end + 1


def _sections(lines: list[str], start: int, result: TextFile) -> None:
    current: TextSection | None = None
    body: list[str] = []

    def close() -> None:
        if current is not None:
            leading = next((n for n, line in enumerate(body) if line.strip()), 0)
            current.body_line = current.line + 1 + leading
            current.markdown = "\n".join(body).strip()

    for number, line in enumerate(lines[start:], start + 1):
        if line.startswith("# "):
            if result.title:
                result.add(number, "second-title", "a brochure has one title; make this a section: ## Heading {#id}")
            result.title, result.title_line = line[2:].strip(), number
        elif line.startswith("##") and not line.startswith("###"):
            match = _HEADING.match(line)
            if not match:
                result.add(number, "heading", "write a section heading as: ## Question? {#section-id}")
                continue
            close()
            current, body = TextSection(match["id"], match["heading"].strip(), number, number + 1, ""), []
            if current.id in result.sections:
                result.add(number, "duplicate-section", f"the section {current.id} stands in this file twice")
            result.sections[current.id] = current
        elif current is not None:
            body.append(line)
        elif line.strip():
            result.add(number, "stray-text", "this text stands under no section; give it a heading: ## Question? {#id}")
    close()


def plain(markdown: str) -> tuple[str, int | None]:
    """The words of a Markdown text, block by block, and the line (from 0) of raw HTML or a table if there is any."""
    blocks: list[str] = []
    refused: int | None = None
    line = 0
    for token in _MARKDOWN.parse(markdown):
        line = token.map[0] if token.map else line
        if token.type in ("html_block", "table_open"):
            refused = line if refused is None else refused
        elif token.type == "inline":
            words, html = _inline(token.children or [])
            blocks.append(words)
            refused = line if html and refused is None else refused
        elif token.type in ("fence", "code_block"):
            blocks.append(token.content.strip())
    return "\n".join(block for block in blocks if block), refused


def _inline(children: list[Token]) -> tuple[str, bool]:
    parts: list[str] = []
    html = False
    for child in children:
        if child.type in ("text", "code_inline", "image"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        html = html or child.type == "html_inline"
    return "".join(parts).strip(), html
