"""What became of every push: by the conversations in the database and by what each phone showed."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.channels.wechat.packing import plain
from api.channels.wechat.talk import turn_key
from api.secrets import Secrets
from wenlu.bench_wechat.crowd import Crowd, Deed

MARK = 24
"""Characters, blanks not counted, by which a message is found on a phone."""
OPEN = (
    "select count(*) from wechat_push where state in ('received', 'taken')",
    "select count(*) from turn where state in ('received', 'asked')",
    "select count(*) from wechat_text t join wechat_person p on p.id = t.person_id where p.blocked is null",
    "select count(*) from wechat_person p join conversation c on c.id = p.conversation_id "
    "where c.next_seq - 1 > p.delivered_seq",
)


@dataclass
class Proof:
    """The counts. `lost` and `disordered` name what must not be; they are empty when all is well."""

    counts: Counter[str] = field(default_factory=Counter)
    apologies: Counter[str] = field(default_factory=Counter)
    """Questions that were answered with an apology, by what went wrong."""
    kept: Counter[str] = field(default_factory=Counter)
    """Questions whose answer waits until the person writes again, by the reason."""
    lost: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)


@dataclass
class Known:
    """What the database knows of one person."""

    conversation: str | None
    blocked: str | None
    messages: list[sqlite3.Row] = field(default_factory=list)
    waiting: list[tuple[int, int]] = field(default_factory=list)

    def kept(self, number: int) -> bool:
        """Whether a message waits to be sent."""
        return any(first <= number <= last for first, last in self.waiting)


def reading(database: Path) -> sqlite3.Connection:
    """The database, for looking."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    connection.row_factory = sqlite3.Row
    return connection


def unanswered(database: Path) -> int:
    """Pushes that are stored and not answered yet."""
    with closing(reading(database)) as rows:
        return int(rows.execute(OPEN[0]).fetchone()[0])


def still_open(database: Path) -> int:
    """Everything on which something may still happen by itself."""
    with closing(reading(database)) as rows:
        return sum(int(rows.execute(query).fetchone()[0]) for query in OPEN)


def prove(crowd: Crowd, database: Path, secrets: Secrets) -> Proof:
    """Look for every push in the database and for its answer on the phone."""
    with closing(reading(database)) as rows:
        pushes = {row["key"]: row for row in rows.execute("select key, state, taken_at from wechat_push")}
        turns = {
            row["client_message_id"]: row
            for row in rows.execute("select * from turn where client_message_id like ?", (turn_key("%"),))
        }
        people = _people(rows)
    proof = Proof()
    for openid, deeds in crowd.deeds.items():
        known = people.get(secrets.mark(openid))
        if known is None:
            proof.lost.append(f"{openid}: nothing is known of them")
            continue
        shown = _Phone(crowd, openid, known, proof)
        for deed in deeds:
            _one(proof, deed, pushes.get(deed.key), turns.get(deed.turn), known, shown)
        _order(proof, deeds, pushes, turns)
    proof.counts["complaints of the rehearsed WeChat"] = len(crowd.rehearsal.complaints)
    return proof


def _people(rows: sqlite3.Connection) -> dict[str, Known]:
    people = {
        row["id"]: (row["mark"], Known(row["conversation_id"], row["blocked"]))
        for row in rows.execute("select id, mark, conversation_id, blocked from wechat_person")
    }
    for text in rows.execute("select person_id, first_seq, last_seq from wechat_text where first_seq is not null"):
        people[text["person_id"]][1].waiting.append((text["first_seq"], text["last_seq"]))
    said = defaultdict(list)
    for row in rows.execute(
        "select conversation_id, seq, text, payload from message where role != 'resident' order by conversation_id, seq"
    ):
        said[row["conversation_id"]].append(row)
    for _, known in people.values():
        known.messages = said[known.conversation]
    return dict(people.values())


def _one(
    proof: Proof, deed: Deed, push: sqlite3.Row | None, turn: sqlite3.Row | None, known: Known, phone: _Phone
) -> None:
    """What became of one push."""
    counts = proof.counts
    counts["pushes"] += 1
    if deed.taken is None:
        counts["never acknowledged"] += 1
        counts["never acknowledged, yet stored and answered"] += push is not None
        return
    counts["acknowledged"] += 1
    if push is None or push["state"] not in ("done", "failed"):
        proof.lost.append(f"{deed.push.openid}: a push is {push['state'] if push else 'not stored'}")
        return
    if deed.asked is None:
        counts["buttons pressed"] += 1
        return
    counts["questions"] += 1
    if turn is None:
        _without_turn(proof, deed, push)
        return
    numbers = json.loads(turn["seqs"])
    missing = [number for number in numbers if number not in phone.found]
    if not numbers or any(not known.kept(number) for number in missing):
        proof.lost.append(f"{deed.push.openid}: the answer of turn {turn['id']} is nowhere ({turn['state']})")
    elif missing:
        proof.kept[known.blocked or "open"] += 1
    elif turn["state"] == "failed":
        proof.apologies[turn["reason"] or "?"] += 1
    else:
        counts["answered"] += 1


def _without_turn(proof: Proof, deed: Deed, push: sqlite3.Row) -> None:
    if push["state"] == "failed":
        proof.apologies["before it was asked"] += 1
    else:
        proof.lost.append(f"{deed.push.openid}: an answered push without a turn")


class _Phone:
    """What one phone showed, laid beside the messages of the conversation."""

    def __init__(self, crowd: Crowd, openid: str, known: Known, proof: Proof) -> None:
        lines = crowd.rehearsal.person(openid).lines
        for line in lines:
            proof.counts[f"texts: {line.how}"] += line.how in ("passive", "service")
        self.text = _bare("".join(line.text for line in lines if line.how in ("passive", "service")))
        self.found: set[int] = set()
        marks = [(row["seq"], mark) for row in known.messages if (mark := mark_of(row))]
        at = 0
        for number, mark in marks:
            place = self.text.find(mark, at)
            if place >= 0:
                self.found.add(number)
                at = place + len(mark)
            elif not known.kept(number) and mark in self.text:
                proof.disordered.append(f"{openid}: message {number} was not shown in its place")
                self.found.add(number)
        wanted = Counter(mark for number, mark in marks if number in self.found)
        proof.counts["shown twice"] += sum(max(0, self.text.count(mark) - many) for mark, many in wanted.items())


def mark_of(message: sqlite3.Row) -> str:
    """How a message is recognised: the beginning of what it says; of an answer, that of its first section."""
    payload: dict[str, Any] = json.loads(message["payload"]) if message["payload"] else {}
    sections = (payload.get("answer") or {}).get("sections") or [{}]
    return _bare(plain(sections[0].get("text") or message["text"]))[:MARK]


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _order(proof: Proof, deeds: list[Deed], pushes: dict[str, sqlite3.Row], turns: dict[str, sqlite3.Row]) -> None:
    """Whether the questions of a person came to their turn in the order in which they were asked.

    Who is late may be overtaken: an earlier question only has to come first if it was there when the later one was begun.
    """
    asked = [(deed, turns[deed.turn]) for deed in deeds if deed.taken and deed.turn in turns]
    for earlier, first, later, second in _pairs(asked):
        if first["resident_seq"] < second["resident_seq"]:
            continue
        begun = min(_moment(pushes[later.key]["taken_at"]), _moment(second["created_at"]))
        if earlier.taken and earlier.taken < begun:
            proof.disordered.append(f"{earlier.push.openid}: turn {first['id']} came after turn {second['id']}")
        else:
            proof.counts["overtaken on the way"] += 1


def _pairs(asked: list[tuple[Deed, sqlite3.Row]]) -> Iterator[tuple[Deed, sqlite3.Row, Deed, sqlite3.Row]]:
    for place, (earlier, first) in enumerate(asked):
        for later, second in asked[place + 1 :]:
            yield earlier, first, later, second


def _moment(kept: str) -> float:
    return datetime.fromisoformat(kept).replace(tzinfo=UTC).timestamp()
