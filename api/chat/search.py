"""Searching the published sections, without a conversation."""

from typing import Any

from api.chat.language import base_code, by_script
from api.chat.retrieval import RetrievalUnreachable, SearchFilter, SearchRequest
from api.errors import ApiError
from api.services import Services

MOST = 10


async def search(
    services: Services, query: str, language: str | None, jurisdiction: str | None, topic: str | None
) -> dict[str, Any]:
    """What retrieval finds, rendered for the reader. Without a language the query's own is used."""
    try:
        spoken = base_code(language) or await services.retrieval.identify(query, None) or by_script(query, None) or "en"
        narrowed = SearchFilter(topic=topic, jurisdiction=jurisdiction) if topic or jurisdiction else None
        found = await services.retrieval.search(
            SearchRequest(query=query, language=spoken, filter=narrowed, limit=MOST)
        )
    except RetrievalUnreachable as error:
        raise ApiError(503, "search_unavailable", "Search is not available right now. Please try again.") from error
    await services.machine.prepare(services.library.corpus(), [hit.section for hit in found.hits[:3]], spoken)
    renderer = services.renderer(spoken)
    hits = [section for hit in found.hits if (section := renderer.served(hit.section))]
    near = [section for hit in found.nearest if (section := renderer.served(hit.section))]
    return {
        "answerable": found.answerable and bool(hits),
        "confidence": found.confidence,
        "sections": [renderer.section(section) for section in hits],
        "nearest": [renderer.near(section) for section in near],
    }
