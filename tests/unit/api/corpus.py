"""A small corpus for the api's tests, published as the real one is."""

from datetime import date
from pathlib import Path
from typing import Any

from knowledge.models import City, Corpus, GuidedPath, Topic
from tests.corpora import brochure, law, section

DEPOSIT = "leasing/deposit#deposit-withheld"
REPAIRS = "leasing/deposit#repairs"
OVERSTAY = "visas/overstay#fine"
EXPIRED = "visas/overstay#old"
PATH = "repairs"


def small_corpus() -> Corpus:
    """Two brochures, four sections, one of them expired."""
    deposit = [
        section(
            DEPOSIT,
            {
                "zh": ("房东不退押金怎么办？", "房东应在7日内退还押金。"),
                "en": ("My landlord keeps the deposit. What can I do?", "The landlord must pay it back in 7 days."),
            },
            basis=[{"law": "civil-code", "article": 509}, {"law": "civil-code", "article": 577, "paragraph": 1}],
            next_steps={"zh": ["先写信"], "en": ["Write a letter", "Keep the receipt"]},
            related=[REPAIRS],
            practice=True,
        ),
        section(
            REPAIRS,
            {"zh": ("谁负责维修？", "房东负责。"), "en": ("Who repairs?", "The landlord does.")},
            basis=[{"law": "civil-code", "article": 712}],
        ),
    ]
    visas = [
        section(
            OVERSTAY,
            {
                "zh": ("逾期停留罚多少？", "每日500元，最多10,000元。"),
                "en": ("What is the fine?", "500 yuan a day, at most 10,000 yuan."),
            },
            basis=[{"law": "exit-entry", "article": 78}],
            sensitive=True,
        ),
        section(
            EXPIRED,
            {"zh": ("旧", "旧"), "en": ("Old?", "Old.")},
            basis=[{"law": "exit-entry", "article": 1}],
            review_by=date(2020, 1, 1),
        ),
    ]
    laws = [
        law("civil-code", "民法典", "Civil Code"),
        law("exit-entry", "出境入境管理法", "Exit-Entry Administration Law"),
    ]
    topics = {
        "leasing": {"zh": "租房", "en": "Renting a home", "fr": "Logement"},
        "visas": {"zh": "签证", "en": "Visas", "fr": "Visas"},
        "labour": {"zh": "劳动", "en": "Work", "fr": "Travail"},
    }
    titles = {"zh": "题", "en": "Title"}
    return Corpus(
        laws={one.slug: one for one in laws},
        topics={slug: Topic(slug=slug, order=index, names=names) for index, (slug, names) in enumerate(topics.items())},
        cities={
            "mainland": City(
                slug="mainland", jurisdiction="mainland", names={"zh": "中国内地", "en": "Mainland China"}
            ),
            "hong-kong": City(
                slug="hong-kong", jurisdiction="hong-kong", names={"zh": "香港", "en": "Hong Kong"}, aliases=["HK"]
            ),
        },
        brochures={one.id: one for one in (brochure(titles, *deposit), brochure(titles, *visas))},
        paths={PATH: _path(PATH, [REPAIRS], [DEPOSIT, REPAIRS, OVERSTAY]), "old": _path("old", [EXPIRED], [EXPIRED])},
    )


def _path(identity: str, offered_with: list[str], sections: list[str]) -> GuidedPath:
    """A path in Chinese and English, its second step with everything that a step may have."""
    steps: list[dict[str, Any]] = []
    for number, each in enumerate(sections, start=1):
        more = {"by": "Within 7 days", "bring": ["Lease", "Receipt"], "where": "Court"} if number == 2 else {}
        english = {"title": f"Thing {number}", "text": f"Do thing {number}."} | more
        texts = {"zh": {"title": f"事{number}", "text": f"做事{number}。", "by": "7日内"}, "en": english}
        steps.append({"id": f"thing-{number}", "section": each, "practice": number == 2, "texts": texts})
    titles = {"zh": "维修", "en": "Something is broken"}
    values = {"id": identity, "order": 1, "jurisdiction": "mainland", "offered_with": offered_with, "titles": titles}
    return GuidedPath.model_validate(values | {"intros": {"zh": "按顺序。", "en": "In order."}, "steps": steps})


def publish(data: Path) -> None:
    """Put the corpus where the api reads it, the way a publication is swapped in."""
    corpus = small_corpus()
    folder = data / "published" / corpus.hash
    folder.mkdir(parents=True)
    (folder / "corpus.json").write_text(corpus.to_json(), encoding="utf-8")
    link = data / "published" / "next"
    link.symlink_to(corpus.hash)
    link.replace(data / "published" / "current")
