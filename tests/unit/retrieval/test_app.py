"""The HTTP surface of the retrieval service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from knowledge.models import Corpus
from retrieval.app import create_app
from retrieval.publish import current_link
from tests.unit.retrieval.conftest import TODAY, PiecesEncoder, Publish

WITHHELD = "leasing/deposits#withheld"


@pytest.fixture
def client(tmp_path: Path, corpus: Corpus, encoder: PiecesEncoder, publish_small: Publish) -> Iterator[TestClient]:
    """The service over the small corpus."""
    publish_small(corpus, tmp_path, encoder)
    with TestClient(create_app(tmp_path, encoder, clock=lambda: TODAY)) as client:
        yield client


def test_a_search_answers_in_the_agreed_shape(client: TestClient) -> None:
    """Ids, scores and the publication; never a text."""
    body = client.post("/search", json={"query": "landlord wont return my deposit", "language": "en"}).json()
    assert set(body) == {"answerable", "confidence", "used_context", "hits", "nearest", "second_topic", "publication"}
    assert body["answerable"] is True
    assert body["hits"][0]["section"] == WITHHELD
    assert set(body["hits"][0]) == {"section", "brochure", "topic", "jurisdiction", "score"}
    assert set(body["nearest"][0]) == {"section", "topic", "score"}
    assert body["publication"] == client.get("/ready").json()["publication"]


def test_everything_that_may_be_sent_is_taken(client: TestClient) -> None:
    """Context, place, filters, topic prior and limit."""
    reply = client.post(
        "/search",
        json={
            "query": "how high is the fine?",
            "language": None,
            "context": {"question": "I overstayed my visa", "section": "visas/overstay#detention"},
            "jurisdiction": "shanghai",
            "filter": {"topic": "visas", "jurisdiction": None},
            "topic_prior": {"visas": 0.9},
            "limit": 1,
        },
    )
    assert reply.status_code == 200
    assert [hit["section"] for hit in reply.json()["hits"]] == ["visas/overstay#fine"]
    assert reply.json()["used_context"] is True


def test_a_filter_that_matches_nothing_returns_nothing(client: TestClient) -> None:
    """Not everything, as some peers do."""
    body = client.post("/search", json={"query": "deposit", "filter": {"topic": "nothing"}}).json()
    assert (body["answerable"], body["hits"], body["nearest"]) == (False, [], [])


def test_languages_are_named_in_the_order_of_the_texts(client: TestClient) -> None:
    """One result a text; null where it does not tell."""
    body = client.post("/identify", json={"texts": ["房东不退押金", "ok", "où est le bureau"]}).json()
    assert [result["language"] for result in body["results"]] == ["zh", None, "fr"]
    assert client.post("/identify", json={"texts": ["ok"], "hint": "ru"}).json()["results"][0]["language"] == "ru"


@pytest.mark.parametrize(
    "body",
    [{}, {"query": 3}, {"query": "x", "limit": 0}, {"query": "x", "unknown": 1}, {"query": "secret", "context": "x"}],
)
def test_a_wrong_request_gets_one_error_shape_without_an_echo(client: TestClient, body: dict[str, object]) -> None:
    """A code and a message, and nothing of what was sent."""
    reply = client.post("/search", json=body)
    assert reply.status_code == 422
    assert set(reply.json()["error"]) == {"code", "message"}
    assert reply.json()["error"]["code"] == "invalid_request"
    assert "secret" not in reply.text


def test_without_a_publication_it_is_up_but_not_ready(tmp_path: Path, encoder: PiecesEncoder) -> None:
    """Health is about the process; readiness and search say that the index is missing."""
    with TestClient(create_app(tmp_path, encoder)) as client:
        assert client.get("/health").json() == {"status": "ok"}
        for reply in (client.get("/ready"), client.post("/search", json={"query": "x"})):
            assert reply.status_code == 503
            assert reply.json()["error"]["code"] == "index_missing"
        assert client.post("/reload").status_code == 409
        assert client.post("/identify", json={"texts": ["房东"]}).status_code == 200


def test_a_publication_of_another_encoder_is_not_served(tmp_path: Path, corpus: Corpus, publish_small: Publish) -> None:
    """The code tells it from a missing one."""
    publish_small(corpus, tmp_path, PiecesEncoder("old"))
    with TestClient(create_app(tmp_path, PiecesEncoder("new"))) as client:
        assert client.get("/ready").json()["error"]["code"] == "index_mismatch"


def test_reload_swaps_while_serving(
    tmp_path: Path, client: TestClient, corpus: Corpus, encoder: PiecesEncoder, publish_small: Publish
) -> None:
    """A section taken out of the knowledge is found until the reload and no longer after it."""
    question = {"query": "landlord wont return my deposit"}
    smaller = corpus.model_copy(
        update={"brochures": {k: v for k, v in corpus.brochures.items() if k != "leasing/deposits"}}
    )
    smaller = Corpus.from_json(smaller.to_json())
    folder = publish_small(smaller, tmp_path, encoder)
    assert client.post("/search", json=question).json()["nearest"][0]["section"] == WITHHELD
    assert client.post("/reload").json() == {"publication": folder.name}
    found = client.post("/search", json=question).json()
    assert found["publication"] == folder.name
    assert WITHHELD not in [near["section"] for near in found["nearest"]]


def test_a_broken_publication_is_refused_and_the_old_one_goes_on(tmp_path: Path, client: TestClient) -> None:
    """409 with the reason; searches still answer from what was loaded."""
    manifest = current_link(tmp_path).resolve() / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "encoder": "else"}))
    reply = client.post("/reload")
    assert reply.status_code == 409
    assert reply.json()["error"]["code"] == "index_mismatch"
    assert (
        client.post("/search", json={"query": "landlord wont return my deposit"}).json()["hits"][0]["section"]
        == WITHHELD
    )
    assert client.get("/ready").status_code == 200


def test_an_error_inside_does_not_leak(
    tmp_path: Path, corpus: Corpus, encoder: PiecesEncoder, publish_small: Publish
) -> None:
    """500 with a code; neither the question nor a traceback."""
    publish_small(corpus, tmp_path, encoder)
    app = create_app(tmp_path, encoder)
    with TestClient(app, raise_server_exceptions=False) as client:
        app.state.service = SimpleNamespace(search=lambda body: 1 / 0)
        reply = client.post("/search", json={"query": "my secret"})
    assert reply.status_code == 500
    assert reply.json()["error"]["code"] == "internal_error"
    assert "secret" not in reply.text
    assert "division" not in reply.text
