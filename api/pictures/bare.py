"""Pictures without what they tell beside the picture: where it was taken, when, with which device, smaller copies.

Only what a browser needs in order to show it is copied over: segments of JPEG (ITU T.81, Exif 2.32), chunks of PNG
(W3C PNG 3) and WebP (RFC 9649), blocks of GIF (GIF89a). What comes after the picture's end is left out, too: some
phones put a film there. Nothing is decoded, so no pixel changes.
"""

import re
import struct

JPEG, PNG, GIF, WEBP = "image/jpeg", "image/png", "image/gif", "image/webp"

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT"}
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"}
_GIF_KEPT = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")
_ORIENTATION = 0x0112
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


class NoPicture(Exception):
    """These bytes are no JPEG, PNG, GIF or WebP, or a broken one."""


def kind_of(content: bytes) -> str | None:
    """The type that the first bytes say; None for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(_PNG_START):
        return PNG
    if content.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    return None


def bare(content: bytes) -> tuple[str, bytes]:
    """The type of a picture, and the picture alone. Raises NoPicture."""
    kind = kind_of(content)
    if kind is None:
        raise NoPicture
    try:
        return kind, {JPEG: _jpeg, PNG: _png, GIF: _gif, WEBP: _webp}[kind](content)
    except (struct.error, IndexError) as error:
        raise NoPicture from error


def _jpeg(content: bytes) -> bytes:
    kept = [content[:2]]
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        if marker == 0xD9:
            return b"".join([*kept, content[at : at + 2]])
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        if length < 2 or len(segment) < 2 + length:
            break
        kept.append(_jpeg_segment(marker, segment))
        at += len(segment)
        if marker == 0xDA:  # the picture itself, up to the next marker
            found = _NEXT_MARKER.search(content, at)
            end = found.start() if found else len(content)
            kept.append(content[at:end])
            if found is None:
                return b"".join([*kept, b"\xff\xd9"])
            at = end
    raise NoPicture


def _jpeg_segment(marker: int, segment: bytes) -> bytes:
    """What is kept of a segment: all that is not for applications; of those the colours, and which way is up."""
    body = segment[4:]
    if marker == 0xE1 and body.startswith(b"Exif\0"):
        return _upright(body[6:])
    if marker == 0xE0 and body.startswith(b"JFIF\0"):
        return b"\xff\xe0\x00\x10" + body[:12] + b"\0\0"  # without its thumbnail
    colours = (marker == 0xE2 and body.startswith(b"ICC_PROFILE\0")) or (marker == 0xEE and body.startswith(b"Adobe"))
    return segment if colours or not (0xE0 <= marker <= 0xEF or marker == 0xFE) else b""


def _upright(tiff: bytes) -> bytes:
    """An Exif segment that says which way is up and nothing else; none if the picture stands as it is."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, start)
        for number in range(entries):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * number)
            if tag == _ORIENTATION and 2 <= value <= 8:
                only = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, value, 0, 0)
                return b"\xff\xe1" + struct.pack(">H", 8 + len(only)) + b"Exif\0\0" + only
    except struct.error:
        return b""
    return b""


def _png(content: bytes) -> bytes:
    kept = [_PNG_START]
    at = len(_PNG_START)
    while True:
        length, name = struct.unpack_from(">I4s", content, at)
        chunk = content[at : at + 12 + length]
        if len(chunk) < 12 + length:
            raise NoPicture
        if name[:1].isupper() or name in _PNG_KEPT:
            kept.append(chunk)
        if name == b"IEND":
            return b"".join(kept)
        at += len(chunk)


def _webp(content: bytes) -> bytes:
    kept = []
    end = 8 + struct.unpack_from("<I", content, 4)[0]
    if end > len(content):
        raise NoPicture
    at = 12
    while at < end:
        name, length = struct.unpack_from("<4sI", content, at)
        chunk = content[at : at + 8 + length]
        if len(chunk) < 8 + length:
            raise NoPicture
        if name == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~0b1100]) + chunk[9:]  # neither Exif nor XMP follows
        if name in _WEBP_KEPT:
            kept.append(chunk + b"\0" * (length % 2))
        at += 8 + length + length % 2
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _gif(content: bytes) -> bytes:
    at = _gif_after_colours(content, 13, content[10])
    kept = [content[:at]]
    while content[at] != 0x3B:
        begin = at
        if content[at] == 0x2C:
            at = _gif_after_blocks(content, _gif_after_colours(content, at + 10, content[at + 9]) + 1)
            kept.append(content[begin:at])
        elif content[at] == 0x21:
            at = _gif_after_blocks(content, at + 2)
            label = content[begin + 1]
            if label == 0xF9 or (label == 0xFF and content.startswith(_GIF_KEPT, begin + 2)):
                kept.append(content[begin:at])
        else:
            raise NoPicture
    return b"".join([*kept, b"\x3b"])


def _gif_after_colours(content: bytes, at: int, flags: int) -> int:
    return at + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)


def _gif_after_blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += content[at] + 1
    return at + 1
