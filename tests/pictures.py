"""A small picture of every kind, and the same with what a phone writes beside it."""

import base64
import struct
import zlib

SECRET = b"GPSLatitude 23.1291"


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def exif(orientation: int = 1, order: str = ">") -> bytes:
    """An Exif segment's body: the maker, which way is up, and a place."""
    start = b"MM\0*" if order == ">" else b"II*\0"
    entries = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(f"{order}HHII", 0x8825, 4, 1, 38)
    return b"Exif\0\0" + start + struct.pack(f"{order}IH", 8, 2) + entries + struct.pack(f"{order}I", 0) + SECRET


# Two by one pixels: red and blue.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC"
    "0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCAAB"
    "AAIDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAf/xAAbEAEAAAcAAAAAAAAAAAAAAAAAAQIEBTRzsf/EABUBAQEAAAAAAAAAAAAAAA"
    "AAAAQI/8QAHBEAAAYDAAAAAAAAAAAAAAAAAAEDNHKxAgQF/9oADAMBAAIRAxEAPwCB3DPqds3YgKF5zRKONEBb7pWR2Y//2Q=="
)
PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    (
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress(b"\0\xff\0\0\0\0\xff")),
        _chunk(b"IEND", b""),
    )
)
GIF = base64.b64decode("R0lGODdhAgABAIEAAP8AAAAA/wAAAAAAACwAAAAAAgABAAAIBQABBAgIADs=")
WEBP = base64.b64decode("UklGRh4AAABXRUJQVlA4TBEAAAAvAQAAAA8Q87//8x8OMqL/AQA=")
ALL = {"image/jpeg": JPEG, "image/png": PNG, "image/gif": GIF, "image/webp": WEBP}


def talkative(kind: str, orientation: int = 1) -> bytes:
    """The picture with a place, a comment, a second picture after its end."""
    if kind == "image/jpeg":
        beside = _segment(0xE1, exif(orientation)) + _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)
        return JPEG[:2] + beside + _segment(0xED, SECRET) + _segment(0xFE, SECRET) + JPEG[2:] + SECRET
    if kind == "image/png":
        beside = b"".join(_chunk(name, SECRET) for name in (b"tEXt", b"eXIf", b"iTXt", b"tIME"))
        return PNG[:33] + beside + PNG[33:] + SECRET
    if kind == "image/gif":
        at = 13 + 3 * 2 ** ((GIF[10] & 7) + 1)
        said = bytes([len(SECRET)]) + SECRET + b"\0"
        return GIF[:at] + b"\x21\xfe" + said + b"\x21\xff\x0bXMP DataXMP" + said + GIF[at:] + SECRET
    beside = b"".join(name + struct.pack("<I", len(SECRET)) + SECRET + b"\0" for name in (b"EXIF", b"XMP "))
    wide = b"VP8X" + struct.pack("<I", 10) + bytes([0b1100, 0, 0, 0]) + struct.pack("<I", 1)[:3] + b"\0\0\0"
    body = b"WEBP" + wide + WEBP[12:] + beside
    return b"RIFF" + struct.pack("<I", len(body)) + body + SECRET
