"""Pictures: recognised by their bytes, kept without what they tell beside the picture, seen at the desk and nowhere else."""

import base64
import struct
import uuid
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from api.conversations.models import MessageRow
from api.pictures import service
from api.pictures.bare import NoPicture, bare
from api.pictures.models import Picture
from api.pictures.service import PictureRefused
from api.services import Services
from tests.pictures import ALL, GIF, JPEG, PNG, SECRET, WEBP, exif, talkative
from tests.unit.api.conftest import House, until
from tests.unit.api.test_staff import account


async def keep(services: Services, conversation_id: str, content: bytes) -> MessageRow:
    """Keep a picture of somebody who may write in the conversation."""
    return await service.keep(services, conversation_id, content, lambda conversation: None)


@pytest.mark.parametrize("kind", ALL)
def test_a_picture_tells_nothing_of_its_place(kind: str) -> None:
    """Places, comments and what follows the end are gone; the picture itself is byte for byte the same."""
    told = talkative(kind)
    assert SECRET in told
    found, kept = bare(told)
    assert found == kind and SECRET not in kept
    if kind == "image/webp":  # the wide header stays, without its marks for Exif and XMP
        assert kept[12:21] == b"VP8X\x0a\0\0\0\0" and kept.endswith(WEBP[12:])
        assert struct.unpack_from("<I", kept, 4)[0] == len(kept) - 8
    else:
        assert kept == ALL[kind]
    assert bare(kept) == (kind, kept)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photo_stays_upright(orientation: int, order: str) -> None:
    """Which way is up is all that is kept of what a camera writes, and only when it matters."""
    body = exif(orientation, order)
    photo = JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + JPEG[2:]
    _, kept = bare(photo)
    assert SECRET not in kept
    upright = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HHI", orientation, 0, 0)
    assert (upright in kept) == (orientation != 1) and (kept == JPEG) == (orientation == 1)


def test_colours_stay() -> None:
    """A colour profile belongs to the picture; a thumbnail of what was cut off does not."""
    profile = b"\xff\xe2\x00\x14ICC_PROFILE\0\x01\x01abcd"
    assert profile in bare(JPEG[:2] + profile + JPEG[2:])[1]
    thumbnail = JPEG[:4] + b"\x00\x13" + JPEG[6:18] + b"\x01\x01rgb" + JPEG[20:]
    assert bare(thumbnail)[1] == JPEG


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"<svg onload='alert(1)'/>",
        b"%PDF-1.7",
        b"RIFF\x04\0\0\0WAVE",
        JPEG[:40],
        PNG[:40],
        GIF[:20],
        WEBP[:30],
    ],
    ids=["empty", "byte", "svg", "pdf", "wave", "half jpeg", "half png", "half gif", "half webp"],
)
def test_what_is_no_picture(content: bytes) -> None:
    """Other files and beginnings of pictures are refused."""
    with pytest.raises(NoPicture):
        bare(content)


@given(st.sampled_from(sorted(ALL)), st.data())
def test_broken_pictures_break_nothing(kind: str, data: st.DataObject) -> None:
    """Whatever is changed in a picture: it is kept or refused, and what is kept is the same when made bare again."""
    content = bytearray(talkative(kind))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(NoPicture):
        found, kept = bare(bytes(content[: data.draw(st.integers(0, len(content)))]))
        assert bare(kept) == (found, kept)


async def test_a_picture_is_a_message(house: House) -> None:
    """It is numbered like any other message and named in the resident's language; their history says what it is."""
    talk = await house.open(language="fr")
    row = await keep(house.services, talk.id, talkative("image/jpeg"))
    said = (await talk.messages())[0]
    assert said["seq"] == 1 and said["role"] == "resident" and said["text"] == "Image" and said["id"] == row.id
    assert said["picture"]["type"] == "image/jpeg" and said["picture"]["bytes"] == len(JPEG)
    assert (await house.conversation(talk)).last_resident_at


async def test_the_desk_sees_the_picture(house: House) -> None:
    """At the desk it is served with its own type, never as anything that could run, and never kept by the browser."""
    li, talk = await account(house, "li"), await house.open()
    await keep(house.services, talk.id, talkative("image/png"))
    await house.queue(talk)
    shown = (await li.http.get(f"/conversations/{talk.id}")).json()["messages"][0]["picture"]
    answer = await li.http.get(f"/conversations/{talk.id}/pictures/{shown['id']}")
    assert answer.status_code == 200 and answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'inline; filename="picture.png"'
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff" and "no-store" in answer.headers["cache-control"]


async def test_only_the_desk_sees_it(house: House) -> None:
    """Not before the conversation was handed over, not by another conversation's address, not without a login."""
    li, private, shared = await account(house, "li"), await house.open(), await house.open()
    await keep(house.services, private.id, GIF)
    await house.queue(shared)
    picture = (await private.messages())[0]["picture"]["id"]
    for conversation in (private.id, shared.id, str(uuid.uuid4())):
        assert (await li.http.get(f"/conversations/{conversation}/pictures/{picture}")).status_code == 404
    await house.queue(private)
    address = f"/conversations/{private.id}/pictures/{picture}"
    assert (await li.http.get(address)).status_code == 200
    for headers in ({}, private.headers):
        assert (await house.http.get(f"/api/v1/console{address}", headers=headers)).status_code == 401
    editor = await account(house, "editor", role="editor")
    assert (await editor.http.get(address)).status_code == 403


async def test_a_picture_is_not_translated(house: House) -> None:
    """There are no words in it: a mediator who reads another language is not told that something is missing."""
    house.retrieval.language = "fr"
    li, talk = await account(house, "li"), await house.open(language="fr")
    await talk.say("bonjour")
    await house.queue(talk)
    await li.http.post(f"/conversations/{talk.id}/take")
    await keep(house.services, talk.id, WEBP)
    await talk.say("voilà la photo")
    await until(lambda: "voilà la photo" in [item["text"] for item in house.retrieval.translated])
    assert "Image" not in [item["text"] for item in house.retrieval.translated]


async def test_too_much(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too large a picture, too many of them and what is none are refused, and leave nothing."""
    talk = await house.open()
    with pytest.raises(PictureRefused, match="too_large"):
        await keep(house.services, talk.id, JPEG + b"\0" * service.MOST_BYTES)
    with pytest.raises(PictureRefused, match="no_picture"):
        await keep(house.services, talk.id, b"<html>")
    monkeypatch.setattr(service, "MOST_TOGETHER", len(PNG) + 10)
    await keep(house.services, talk.id, PNG)
    with pytest.raises(PictureRefused, match="too_many"):
        await keep(house.services, talk.id, PNG)
    assert len(await talk.messages()) == 1
    await keep(house.services, (await house.open()).id, PNG)


async def test_an_export_holds_pictures_and_erasing_takes_them(house: House) -> None:
    """The export holds the picture itself; erased, its bytes are nowhere in the database's files."""
    talk, other = await house.open(), await house.open()
    await keep(house.services, talk.id, JPEG)
    await keep(house.services, other.id, PNG)
    exported = (await house.http.get(f"{talk.path}/export", headers=talk.headers)).json()
    assert [base64.b64decode(picture["content"]) for picture in exported["pictures"]] == [JPEG]
    assert exported["pictures"][0]["message_id"] == exported["messages"][0]["id"]
    assert (await house.http.delete(talk.path, headers=talk.headers)).status_code == 204
    async with house.services.database.reading() as session:
        assert list(await session.scalars(select(Picture.conversation_id))) == [other.id]
        assert list(await session.scalars(select(MessageRow.conversation_id))) == [other.id]
    files = house.services.settings.data.glob("wenlu.db*")
    assert not [file for file in files if JPEG[20:] in file.read_bytes()]
