"""A corpus of two topics, so that pages and widget are tested against texts that stay as they are."""

from __future__ import annotations

from typing import Any

from knowledge import Corpus
from tests.corpora import brochure, law, section

DEPOSIT = section(
    "leasing/deposit#withheld",
    {
        "en": (
            "The landlord keeps my deposit. Can I get it back?",
            "Yes, **if you owe nothing**.\n\n- Ask in writing.\n- Keep photos & receipts <b>safe</b>.\n\nThe contract must say when it is returned.",
        ),
        "zh": ("房东不退押金，能要回来吗？", "可以，**只要没有欠费**。\n\n- 书面要求退还。\n- 保存照片和收据。"),
    },
    basis=[{"law": "housing-rental-regs-2025", "article": 10}],
    next_steps={"en": ["Write to the landlord today", "Call 12345"], "zh": ["书面通知房东", "打12345"]},
    related=["leasing/deposit#earnest"],
    practice=True,
)
EARNEST = section(
    "leasing/deposit#earnest",
    {
        "en": ("What is earnest money?", "A sum paid so that the contract is kept."),
        "zh": ("什么是定金？", "保证合同履行的钱。"),
    },
    basis=[{"law": "civil-code", "article": 586}],
    effective_from="2021-01-01",
)
OLD = section(
    "visas/old#expired",
    {"en": ("An old text", "Not served."), "zh": ("旧文", "不再提供。")},
    basis=[{"law": "civil-code", "article": 586}],
    review_by="2026-01-01",
)


def _topic(slug: str, order: int, zh: str, en: str) -> dict[str, Any]:
    return {"slug": slug, "order": order, "names": {"zh": zh, "en": en}, "descriptions": {"en": f"About {en}."}}


def _step(key: str, section: str, title: str, chinese: str, **more: Any) -> dict[str, Any]:
    english = {"title": title, "text": f"{title}, <b>now</b>.", **more}
    return {"id": key, "section": section, "texts": {"en": english, "zh": {"title": chinese, "text": f"{chinese}。"}}}


def _path(key: str, titles: dict[str, str], steps: list[dict[str, Any]]) -> dict[str, Any]:
    common = {"jurisdiction": "mainland", "offered_with": [steps[0]["section"]]}
    return {
        "id": key,
        "order": 1,
        "titles": titles,
        "intros": {"en": "In order.", "zh": "按顺序。"},
        "steps": steps,
        **common,
    }


PATHS = {
    "deposit-back": _path(
        "deposit-back",
        {"en": "Getting the deposit back", "zh": "要回押金"},
        [
            _step("write", "leasing/deposit#withheld", "Write", "写信", bring=["Lease", "Receipt"], where="Landlord"),
            _step("sue", "leasing/deposit#earnest", "Sue", "起诉", by="Within 3 years") | {"practice": True},
        ],
    ),
    "old": _path("old", {"en": "An old path", "zh": "旧"}, [_step("go", "visas/old#expired", "Go", "去")]),
}


def small_corpus() -> Corpus:
    """Leasing with two sections in Chinese and English, a brochure whose only section has expired; a path on each."""
    laws = [
        law("housing-rental-regs-2025", "住房租赁条例", "Housing Rental Regulations"),
        law("civil-code", "民法典", "Civil Code"),
    ]
    brochures = [
        brochure({"zh": "押金", "en": "Deposits"}, DEPOSIT, EARNEST),
        brochure({"zh": "旧", "en": "Old"}, OLD),
    ]
    data = {
        "laws": {one.slug: one for one in laws},
        "topics": {
            "visas": _topic("visas", 1, "签证", "Visas"),
            "leasing": _topic("leasing", 2, "租房", "Renting a home"),
        },
        "cities": {},
        "brochures": {one.id: one for one in brochures},
        "paths": PATHS,
    }
    return Corpus.model_validate(data)
