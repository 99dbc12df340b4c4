"""What is wrong with the knowledge on disk, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend: the file (relative to the knowledge folder), its line from 1, a stable code and a sentence."""

    file: str
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} [{self.code}]"


class KnowledgeError(Exception):
    """The knowledge cannot be loaded; `problems` says what to mend, file by file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        shown = "\n".join(str(problem) for problem in self.problems[:20])
        more = f"\n… and {len(self.problems) - 20} more" if len(self.problems) > 20 else ""
        super().__init__(f"the knowledge has {len(self.problems)} problem(s):\n{shown}{more}")
