"""POST /translate through the running service, with a real package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from languages.packages import install
from retrieval.app import create_app
from tests.unit.retrieval.conftest import PiecesEncoder


@pytest.fixture
def client(tmp_path: Path, encoder: PiecesEncoder, trained: dict[tuple[str, str], Path]) -> Iterator[TestClient]:
    """The service with one package and nothing published."""
    install(trained["en", "fr"], tmp_path / "packages")
    with TestClient(create_app(tmp_path, encoder)) as client:
        yield client


def test_texts_come_back_in_their_order(client: TestClient) -> None:
    """Translated, or as they were with the reason; without anything published, too."""
    items = [
        {"text": "Please pay the rent within 30 days.", "source": "en", "target": "fr"},
        {"text": "Please pay the rent.", "source": "en", "target": "de"},
    ]
    assert client.post("/translate", json={"items": items}).json() == {
        "results": [
            {
                "text": "Veuillez payer le loyer sous 30 jours.",
                "language": "fr",
                "machine": True,
                "reason": None,
                "via": ["en-fr"],
            },
            {"text": "Please pay the rent.", "language": "en", "machine": False, "reason": "no_package", "via": []},
        ]
    }
    assert client.get("/translate").json() == {"routes": [["en", "fr"]]}


def test_what_is_no_request_is_refused(client: TestClient) -> None:
    """Languages are codes; no more texts than the queue has places."""
    item = {"text": "pay", "source": "en", "target": "../de"}
    assert client.post("/translate", json={"items": [item]}).status_code == 422
    many = [{"text": "pay", "source": "en", "target": "de"}] * 65
    assert client.post("/translate", json={"items": many}).status_code == 422
