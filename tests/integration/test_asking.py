"""Asking, end to end on the four real processes."""

from __future__ import annotations

import concurrent.futures
import uuid
from collections.abc import Callable

import httpx
import pytest

from tests.integration.system import Resident, System, answers, handoffs

pytestmark = pytest.mark.integration


def main_basis(turn: dict) -> set[str]:
    """Return the main article of every section shown."""
    return {f"{s['basis'][0]['law']}:{s['basis'][0]['article']}" for a in answers(turn) for s in a["sections"]}


def test_an_english_question_is_answered_with_its_law(system: System, resident: Resident) -> None:
    """An answer carries the section's text, its law, its date, its place and what to do next."""
    turn = resident.say("How long may my probation period be?")
    section = answers(turn)[0]["sections"][0]
    assert "labor-contract-law:19" in main_basis(turn)
    assert section["language"] == "en" and section["translation"] == "curated"
    assert section["jurisdiction"] == "mainland" and section["verified_on"] and section["next_steps"]
    text = turn["messages"][0]["text"]
    assert "not legal advice" in text or "not advice" in text
    page = httpx.get(f"{system.url}{section['url']}", trust_env=False)
    assert page.status_code == 200
    assert f'id="{section["section"]}"' in page.text


def test_chinese_is_answered_in_chinese(new_resident: Callable[..., Resident]) -> None:
    """A Chinese question gets the Chinese section, and the conversation's language becomes Chinese."""
    turn = new_resident(None).say("试用期最长可以约定多久？")
    assert turn["language"] == "zh"
    assert answers(turn)[0]["sections"][0]["language"] == "zh"


@pytest.mark.parametrize(
    ("language", "question", "article"),
    [
        ("fr", "mon patron veut une periode d'essai de 8 mois, c'est legal ?", "labor-contract-law:19"),
        ("es", "cuanto puede durar el periodo de prueba en el trabajo", "labor-contract-law:19"),
        ("ru", "сколько может длиться испытательный срок", "labor-contract-law:19"),
        ("ko", "수습기간은 최대 얼마까지 가능한가요?", "labor-contract-law:19"),
        ("ja", "試用期間は最長どのくらいですか", "labor-contract-law:19"),
        ("ar", "كم مدة فترة التجربة في العمل؟", "labor-contract-law:19"),
    ],
)
def test_the_other_six_get_the_english_section_in_their_own_frame(
    new_resident: Callable[..., Resident], language: str, question: str, article: str
) -> None:
    """Where no version exists, the English section is shown and marked, inside the resident's own language."""
    turn = new_resident(None).say(question)
    assert turn["language"] == language
    section = answers(turn)[0]["sections"][0]
    assert article in main_basis(turn)
    if section["translation"] == "none":
        assert section["language"] == "en"
    else:
        assert section["language"] == language


def test_a_short_follow_up_keeps_the_subject_after_a_restart_of_the_bot(system: System, resident: Resident) -> None:
    """ "How much is the fine?" after a question about overstaying cites the overstay article, also after a bot restart."""
    resident.say("I overstayed my visa, what happens now?")
    with system.down("bot"):
        pass
    turn = resident.say("how much is the fine?")
    assert "exit-entry-administration-law:78" in main_basis(turn)


def test_out_of_scope_cites_nothing_and_offers_topics_and_a_person(resident: Resident) -> None:
    """A question that has nothing to do with the law is refused honestly, with ways on."""
    turn = resident.say("What is the best recipe for borscht soup?")
    assert answers(turn) == []
    payloads = [b["payload"] for m in turn["messages"] for b in m["buttons"]]
    assert any(p.startswith("topic:") for p in payloads) and any(p.startswith("handoff") for p in payloads)


def test_two_failed_answers_in_a_row_offer_a_person(resident: Resident) -> None:
    """After the second refusal a handoff is offered."""
    resident.say("Who won the world cup in 1998?")
    turn = resident.say("qwpoeiru zxmcnv 4711")
    assert "offered" in [h["stage"] for h in handoffs(turn)] or "confirm" in [h["stage"] for h in handoffs(turn)]


def test_a_topic_button_leads_to_a_section(resident: Resident) -> None:
    """Choosing a topic lists its sections, choosing a section shows it with its law."""
    turn = resident.say("Tell me a joke about penguins")
    topic = next(b["payload"] for m in turn["messages"] for b in m["buttons"] if b["payload"].startswith("topic:"))
    listed = resident.choose(topic)
    section = next(
        b["payload"] for m in listed["messages"] for b in m["buttons"] if b["payload"].startswith("section:")
    )
    assert answers(resident.choose(section))[0]["sections"][0]["basis"]


def test_a_choice_that_was_never_offered_is_refused(resident: Resident) -> None:
    """A payload that no button of this conversation carried is an error."""
    reply = resident.post({"choice": "section:leasing/does-not-exist#nothing"})
    assert reply.status_code == 422
    assert reply.json()["error"]["code"] == "choice_not_offered"


def test_the_same_key_gives_the_same_turn_also_at_once(resident: Resident) -> None:
    """Eight simultaneous posts of one message are one turn."""
    key = str(uuid.uuid4())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        turns = list(pool.map(lambda _: resident.say("How many days of annual leave do I get?", key), range(8)))
    assert all(turn["messages"] == turns[0]["messages"] for turn in turns)
    assert [m["role"] for m in resident.messages()].count("resident") == 1


def test_the_same_key_with_another_body_is_refused(resident: Resident) -> None:
    """A key belongs to one body."""
    key = str(uuid.uuid4())
    resident.say("How many days of annual leave do I get?", key)
    assert resident.post({"text": "something else"}, key).status_code == 409


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_message_is_refused(resident: Resident, text: str) -> None:
    """Nothing is not a message."""
    reply = resident.post({"text": text})
    assert reply.status_code == 422
    assert set(reply.json()["error"]) == {"code", "message", "request_id"}


def test_ten_megabytes_are_refused(resident: Resident) -> None:
    """A message of 10 MB is refused without an echo."""
    reply = resident.post({"text": "x" * 10_000_000})
    assert reply.status_code == 413
    assert "xxxx" not in reply.text


@pytest.mark.parametrize(
    "text", ["😀", "🔥🔥🔥", "/restart", "/greet", '/answer{"a":1}', "<script>alert(1)</script>", "\u202e\u0000abc"]
)
def test_odd_messages_get_a_kind_answer_and_nothing_breaks(resident: Resident, text: str) -> None:
    """Emoji, commands, markup and control characters are text like any other."""
    turn = resident.say(text)
    assert turn["messages"]
    assert answers(resident.say("How many days of annual leave do I get?"))


def test_a_wrong_token_and_someone_elses_conversation_are_refused(new_resident: Callable[..., Resident]) -> None:
    """A conversation opens to its own token only, and does not tell whether it exists."""
    first, second = new_resident(), new_resident()
    second.http.headers["Authorization"] = f"Bearer {first.token}"
    foreign = second.http.get(f"{second.path}/messages")
    second.http.headers["Authorization"] = "Bearer nonsense"
    assert foreign.status_code in {401, 403, 404}
    assert second.http.get(f"{second.path}/messages").status_code == foreign.status_code


def test_without_consent_nothing_is_answered(new_resident: Callable[..., Resident]) -> None:
    """Consent comes first."""
    reply = new_resident(consent=False).post({"text": "hello"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "consent_required")


def test_export_and_erase(system: System, resident: Resident) -> None:
    """A resident sees all that is kept, and erasing leaves nothing, in the bot's tracker neither."""
    resident.say("My landlord keeps the deposit. Codeword zanzibar.")
    assert "zanzibar" in resident.http.get(f"{resident.path}/export").text
    assert resident.http.delete(resident.path).status_code in {200, 204}
    assert resident.http.get(f"{resident.path}/messages").status_code in {401, 404}
    for file in system.data.glob("*.db*"):
        if file.name.endswith(("-wal", "-shm")):
            continue
        import sqlite3

        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            assert "zanzibar" not in "\n".join(database.iterdump())


def test_search_finds_sections_and_an_empty_filter_result_stays_empty(resident: Resident) -> None:
    """The search route answers, and a filter that matches nothing returns nothing."""
    found = resident.http.get("/search", params={"q": "deposit not returned", "language": "en"}).json()
    assert found["sections"][0]["topic"] == "leasing" if "topic" in found["sections"][0] else found["sections"]
    none = resident.http.get(
        "/search", params={"q": "deposit", "language": "en", "topic": "leasing", "jurisdiction": "macao"}
    )
    assert none.json()["sections"] == []


def test_ready_looks_at_the_real_parts(resident: Resident) -> None:
    """Readiness names its parts."""
    reply = resident.http.get("/ready")
    assert reply.status_code == 200, reply.text
