"""A tiny knowledge folder and a tiny copy of statutes, so that every rule can be seen at work."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner, Result

from knowledge.check import Report, check
from knowledge.cli import app

TODAY = date(2026, 11, 20)

LAWS = """
    deposit-law:
      title_zh: 押金法
      title_en: Deposit Law
      source: made for tests
    other-law:
      title_zh: 其他法
      title_en: Other Law
      source: made for tests
"""
BROCHURE = """
    id: leasing/deposit
    topic: leasing
    jurisdiction: mainland
    verified_on: 2026-11-01
    review_by: 2027-11-01
    review: [{kind: statute-check, by: tests, on: 2026-11-01}]
    sections:
      - id: returned
        basis:
          - {law: deposit-law, article: 10}
          - {law: other-law, article: 2, sub: 1}
        facts:
          - {value: "30", unit: day, statute: 三十日内}
          - {value: "20000", unit: yuan, statute: 二万元以下, law: other-law, article: 2}
        next_steps: {zh: [写信给房东], en: [Write to the landlord]}
        related: ["leasing/deposit#second"]
      - id: second
        basis: [{law: deposit-law, article: 11}]
        practice: ["about 2 weeks", "大约2周"]
        next_steps: {zh: [打12345], en: [Call 12345]}
"""
ZH = """
    ---
    revision: 1
    reviewed: 2026-11-01
    ---
    # 押金

    ## 房东什么时候退押金？ {#returned}

    房东应在30日内退还（押金法第10条）。
    不退的，最高罚款20,000元。

    ## 别的问题？ {#second}

    通常要大约2周。
"""
EN = """
    ---
    revision: 1
    reviewed: 2026-11-01
    based_on: 1
    ---
    # Deposits

    ## When is the deposit returned? {#returned}

    Within **30 days** (Deposit Law, art. 10).

    The fine is up to 20,000 yuan.

    ## Another question? {#second}

    It takes about 2 weeks.
"""
QUESTIONS = """
    returned:
      zh: [押金什么时候退]
      en: [when do i get my deposit back]
"""
ARTICLES = [
    {"law": "deposit-law", "article": 10, "text": "出租人应当在合同终止之日起三十日内\n　　返还押金。"},
    {"law": "deposit-law", "article": 11, "text": "其他事项由双方约定。"},
    {"law": "other-law", "article": 2, "sub": 1, "text": "违反规定的，处二万元以下罚款。"},
]


class Root:
    """A knowledge folder to change."""

    def __init__(self, path: Path, statutes: Path) -> None:
        self.path = path
        self.statutes = statutes
        self.brochure = path / "brochures" / "leasing" / "deposit"

    def replace(self, name: str, old: str, new: str) -> None:
        """Change the one place in a brochure file where `old` stands."""
        file = self.brochure / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def proven(self, today: date = TODAY) -> Report:
        """Check with the statutes at hand, the lock left aside."""
        return check(self.path, self.statutes, today, lock=False)

    def command(self, *more: str) -> Result:
        """`wenlu knowledge check` with the statutes at hand."""
        return CliRunner().invoke(app, ["check", "--root", str(self.path), "--statutes", str(self.statutes), *more])


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """A folder with one brochure of two sections, and the articles that prove it."""
    path = tmp_path / "knowledge"
    write(path / "laws.yml", LAWS)
    write(path / "topics.yml", "leasing:\n  names: {zh: 租房, en: Renting}\n")
    write(path / "cities.yml", "mainland:\n  jurisdiction: mainland\n  names: {zh: 内地, en: Mainland}\n")
    folder = path / "brochures" / "leasing" / "deposit"
    for name, text in {"brochure.yml": BROCHURE, "zh.md": ZH, "en.md": EN, "questions.yml": QUESTIONS}.items():
        write(folder / name, text)
    statutes = tmp_path / "statutes"
    write(statutes / "articles.jsonl", "\n".join(json.dumps(article, ensure_ascii=False) for article in ARTICLES))
    return Root(path, statutes)
