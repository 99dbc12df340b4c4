"""HTML: `/`, `/brochures/…`, `/s/…`, `/paths/…`, `/places`, `/glossary`, `/privacy`, `/console`, the files they need, and the page for an address that is not there."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.convertors import Convertor, register_url_convertor

from api import i18n
from api.channels.wechat.links import read_link
from api.errors import not_found
from api.pages.files import WEB, web_file
from api.pages.glossary import term_views
from api.pages.linked import expired_view, linked_view
from api.pages.paths import path_links, path_view, qr_code
from api.pages.places import place_views, spoken_anywhere
from api.pages.view import brochure_link, direction, section_view, spoken
from api.services import Services, services_of
from knowledge.models import JURISDICTIONS

if TYPE_CHECKING:
    from knowledge import Corpus

router = APIRouter(include_in_schema=False)
Parts = Annotated[Services, Depends(services_of)]


class _Page(Convertor[str]):
    """Any address outside the API: what is missing there is told by the API itself."""

    regex = "(?!api(?:/|$)).*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("page", _Page())


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(
    request: Request, services: Services, template: str, status: int = 200, usual: str | None = None, **values: Any
) -> HTMLResponse:
    """A page. `usual`: its language, unless the address names another."""
    catalogs = services.catalogs
    language = language_of(request, services, usual)
    spoken_here = spoken([language] if language in catalogs.languages else [], language)

    def t(key: str, **given: object) -> str:
        return catalogs.text(language, key, **given)

    def here(code: str) -> str:
        return str(request.url.replace(scheme="", netloc="", query=f"language={code}", fragment=""))

    html = (
        _templates()
        .get_template(template)
        .render(
            t=t,
            here=here,
            language=language,
            spoken=spoken_here,
            dir=direction(spoken_here),
            names=i18n.NAMES,
            catalogs={code: i18n.NAMES.get(code, code) for code in catalogs.languages},
            right_to_left=sorted(i18n.RIGHT_TO_LEFT),
            site=_site(request, services),
            day=lambda when: i18n.day(language, when),
            name_of=lambda code: i18n.language_name(code, language),
            retention_days=services.settings.retention_days,
            **values,
        )
    )
    return HTMLResponse(html, status, headers={"Vary": "Accept-Language", "Cache-Control": "no-cache"})


def _site(request: Request, services: Services) -> str:
    """The address under which the outside knows this system, without a slash at its end."""
    return (services.settings.public_url or str(request.base_url)).rstrip("/")


def language_of(request: Request, services: Services, usual: str | None = None) -> str:
    """The language of a page: `?language=`, else its usual one, else the browser's, else English."""
    wanted = request.query_params.get("language") or usual
    return services.catalogs.best(wanted, request.headers.get("accept-language"))


def _today(services: Services) -> date:
    return services.clock().date()


def _corpus(services: Services) -> Corpus | None:
    return services.library.corpus()


def _shelves(request: Request, services: Services) -> list[dict[str, Any]]:
    """Topics in their order, each with the brochures that can be read today."""
    corpus, language = _corpus(services), language_of(request, services)
    if corpus is None:
        return []
    served = corpus.served(_today(services))
    shelves = []
    for topic in sorted(corpus.topics.values(), key=lambda each: each.order):
        links = [
            brochure_link(each, language, served) for each in corpus.brochures.values() if each.topic == topic.slug
        ]
        links = [link for link in links if link.questions]
        description = topic.descriptions.get(language, "")
        name = services.catalogs.name(language, f"topic.{topic.slug}", topic.names)
        shelves.append({"slug": topic.slug, "name": name, "description": description, "brochures": links})
    return shelves


@router.get("/")
async def home(request: Request, services: Parts) -> HTMLResponse:
    """What Wenlu is, its topics, and the widget."""
    shelves = _shelves(request, services)
    return _page(request, services, "home.html", shelves=shelves)


@router.get("/brochures/")
@router.get("/brochures")
async def brochures(request: Request, services: Parts) -> HTMLResponse:
    """Every brochure, by topic."""
    shelves = _shelves(request, services)
    return _page(request, services, "brochures.html", shelves=shelves)


@router.get("/brochures/{topic}/{slug}")
async def brochure(request: Request, services: Parts, topic: str, slug: str) -> HTMLResponse:
    """One brochure whole: every section, its legal basis, what to do next, and when it was checked."""
    corpus = _corpus(services)
    found = corpus.brochures.get(f"{topic}/{slug}") if corpus else None
    if corpus is None or found is None:
        return _missing(request, services)
    language = language_of(request, services)
    served = corpus.served(_today(services))
    sections = [section_view(each, corpus, language, served) for each in found.sections if each.id in served]
    if not sections:
        return _missing(request, services)
    return _page(
        request,
        services,
        "brochure.html",
        brochure=found,
        title=found.titles[spoken(found.titles, language)],
        title_language=spoken(found.titles, language),
        title_dir=direction(spoken(found.titles, language)),
        topic_name=services.catalogs.name(language, f"topic.{found.topic}", corpus.topics[found.topic].names),
        written={code: name for code, name in i18n.NAMES.items() if code in found.titles},
        sections=sections,
        expired=len(sections) < len(found.sections),
    )


@router.get("/s/{token}")
async def linked(request: Request, services: Parts, token: str) -> HTMLResponse:
    """One section, behind the signed link of an answer in the chat, in the language of that chat."""
    link = read_link(services.settings, token)
    if link is None:
        return _missing(request, services)
    corpus, language = _corpus(services), language_of(request, services, link.language)
    if link.expired:
        otherwise = services.catalogs.text(language, "page.brochures")
        values = expired_view(link.section, corpus, language, otherwise)
        return _page(request, services, "link_expired.html", 410, link.language, **values)
    served = corpus.served(_today(services)) if corpus else {}
    if corpus is None or link.section not in served:
        return _missing(request, services, link.language)
    section = served[link.section]
    await services.machine.prepare(corpus, [section.id], language)
    machine = None if language in section.texts else services.machine.of(section, language)
    values = linked_view(section, corpus, language, served, machine)
    return _page(request, services, "linked.html", usual=link.language, **values)


@router.get("/paths/")
@router.get("/paths")
async def paths(request: Request, services: Parts) -> HTMLResponse:
    """Every situation for which there are steps."""
    corpus = _corpus(services)
    links = path_links(corpus, language_of(request, services), _today(services)) if corpus else []
    return _page(request, services, "paths.html", paths=links)


@router.get("/paths/{slug}")
async def path(request: Request, services: Parts, slug: str) -> HTMLResponse:
    """One path whole, to read, tick off and print; the QR code holds the page's own address."""
    corpus = _corpus(services)
    found = corpus.paths_served(_today(services)).get(slug) if corpus else None
    if corpus is None or found is None:
        return _missing(request, services)
    language = language_of(request, services)
    return _page(
        request,
        services,
        "path.html",
        path=path_view(found, corpus, language),
        jurisdiction=found.jurisdiction,
        written={code: name for code, name in i18n.NAMES.items() if code in found.titles},
        qr=qr_code(f"{_site(request, services)}/paths/{slug}?language={language}"),
    )


@router.get("/places")
async def places(request: Request, services: Parts, city: str = "", topic: str = "", speaks: str = "") -> HTMLResponse:
    """Every place that helps, by city, topic and language. A filter that is not known counts as none."""
    corpus, language = _corpus(services), language_of(request, services)
    points = services.service_points
    topics = sorted(corpus.topics.values(), key=lambda each: each.order) if corpus else []
    cities = [(each, services.catalogs.text(language, f"widget.jurisdiction.{each}")) for each in JURISDICTIONS]
    shelves = [(each.slug, each.names.get(language) or each.names["en"]) for each in topics]
    tongues = [(code, i18n.language_name(code, language)) for code in spoken_anywhere(points)]
    asked = (("city", city, cities), ("topic", topic, shelves), ("speaks", speaks, tongues))
    filters = [
        (
            name,
            services.catalogs.text(language, f"page.places.{name}"),
            options,
            value if value in dict(options) else "",
        )
        for name, value, options in asked
    ]
    found = place_views(points, corpus, language, *(chosen for *_, chosen in filters))
    return _page(request, services, "places.html", places=found, filters=filters)


@router.get("/glossary")
async def glossary(request: Request, services: Parts) -> HTMLResponse:
    """The official terms, beside the Chinese ones."""
    return _page(request, services, "glossary.html", terms=term_views(language_of(request, services)))


@router.get("/privacy")
async def privacy(request: Request, services: Parts) -> HTMLResponse:
    """What is kept, why, for how long, and who sees it."""
    return _page(request, services, "privacy.html")


@router.get("/console")
async def console(request: Request, services: Parts) -> HTMLResponse:
    """The mediators' console; everything in it comes from the API."""
    return _page(request, services, "console.html")


@router.get("/console/words/{language}.json")
async def console_words(services: Parts, language: str) -> JSONResponse:
    """The console's own words."""
    words = services.catalogs.words(language, "console.")
    topics = services.catalogs.words(language, "topic.")
    return JSONResponse(
        words | {f"console.{key}": text for key, text in topics.items()}, headers={"Cache-Control": "no-cache"}
    )


@router.get("/robots.txt")
async def robots() -> Response:
    """Everything but the console may be indexed."""
    return Response("User-agent: *\nDisallow: /console\nDisallow: /api/\n", media_type="text/plain")


@router.get("/favicon.ico")
async def favicon() -> RedirectResponse:
    """Browsers ask for it whatever the page says."""
    return RedirectResponse("/static/mark.svg", 301)


@router.get("/widget/{path:path}")
async def widget_file(path: str) -> Response:
    """The widget's modules, which other sites may load."""
    return _or_missing(web_file("widget", path, everywhere=True))


@router.get("/static/{path:path}")
async def static_file(path: str) -> Response:
    """Styles, scripts and pictures of the pages."""
    return _or_missing(web_file("static", path))


@router.get("/console/app/{path:path}")
async def console_file(path: str) -> Response:
    """The console's modules."""
    return _or_missing(web_file("console", path))


@router.get("/{path:page}")
async def missing(request: Request, services: Parts, path: str) -> HTMLResponse:
    """The page for an address that is not there."""
    return _missing(request, services)


def _or_missing(file: Response | None) -> Response:
    if file is None:
        raise not_found()
    return file


def _missing(request: Request, services: Services, usual: str | None = None) -> HTMLResponse:
    return _page(request, services, "missing.html", 404, usual)
