"""The account's menu: made from the catalogs in Chinese and English, and compared with what WeChat shows.

Three buttons with at most five below each. A click comes back as its key, `menu:<command>` or `menu:<command>:<value>`.
"""

from collections.abc import Iterator
from typing import Any

from api.i18n import Catalogs

Menu = dict[str, Any]

# Limits of createCustomMenu (https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu), in bytes.
MOST_TOP, MOST_BELOW = 3, 5
MOST_TOP_NAME, MOST_NAME, MOST_KEY, MOST_URL = 16, 60, 128, 1024
# Beyond this width phones show "…": four and eight Chinese characters, each as wide as two Latin letters.
WIDEST_TOP, WIDEST = 8, 16

BUTTONS: dict[str, dict[str, str]] = {
    "ask": {
        "visas": "menu:topic:visas",
        "work": "menu:topic:labour",
        "rent": "menu:topic:leasing",
        "family": "menu:topic:family",
        "topics": "menu:menu",
    },
    "help": {
        "emergency": "menu:emergency",
        "person": "menu:person",
        "places": "menu:places",
        "home": "/",
        "glossary": "/glossary",
    },
    "me": {
        "status": "menu:status",
        "language": "menu:language",
        "code": "menu:code",
        "export": "menu:export",
        "erase": "menu:erase",
    },
}
"""What stands below each button: the key of a click, or the page that opens, left out without a public address."""


class MenuError(ValueError):
    """The menu is one that WeChat would not take; the message says which name and why."""


def make_menu(catalogs: Catalogs, public_url: str | None) -> Menu:
    """The menu as createCustomMenu takes it. MenuError if a name or address of it is too long."""
    base = public_url.rstrip("/") if public_url else None
    top = []
    for word, below in BUTTONS.items():
        buttons = [_button(_name(catalogs, lower), leads_to, base) for lower, leads_to in below.items()]
        top.append({"name": _name(catalogs, word, ""), "sub_button": [button for button in buttons if button]})
    menu = {"button": top}
    check_menu(menu)
    return menu


def _name(catalogs: Catalogs, word: str, between: str = " ") -> str:
    return between.join(catalogs.text(language, f"wechat.menu.{word}") for language in ("zh", "en"))


def _button(name: str, leads_to: str, base: str | None) -> dict[str, str] | None:
    if not leads_to.startswith("/"):
        return {"type": "click", "name": name, "key": leads_to}
    return {"type": "view", "name": name, "url": base + leads_to} if base else None


def check_menu(menu: Menu) -> None:
    """Raise MenuError for what WeChat would refuse or cut."""
    top = menu["button"]
    _at_most(len(top), MOST_TOP, "the menu", "buttons")
    for button in top:
        _check_name(button["name"], MOST_TOP_NAME, WIDEST_TOP)
        _at_most(len(button["sub_button"]), MOST_BELOW, button["name"], "buttons")
        for lower in button["sub_button"]:
            _check_name(lower["name"], MOST_NAME, WIDEST)
            _at_most(len(lower.get("key", "").encode()), MOST_KEY, lower["name"], "bytes in its key")
            _at_most(len(lower.get("url", "").encode()), MOST_URL, lower["name"], "bytes in its address")


def _check_name(name: str, most: int, widest: int) -> None:
    _at_most(len(name.encode()), most, name, "bytes")
    _at_most(sum(1 if ord(character) < 0x2E80 else 2 for character in name), widest, name, "columns")


def _at_most(count: int, most: int, what: str, of: str) -> None:
    if count > most:
        raise MenuError(f"“{what}” has {count} {of}, at most {most} are possible")


def from_wechat(said: Menu) -> Menu:
    """What getCurrentSelfmenuInfo tells, in the form in which a menu is put; no button when there is no menu."""
    info = said.get("selfmenu_info") if said.get("is_menu_open") else None
    return {"button": [_read(button) for button in (info or {}).get("button", [])]}


def _read(button: dict[str, Any]) -> dict[str, Any]:
    below = button.get("sub_button")
    below = below.get("list", []) if isinstance(below, dict) else below
    if below:
        return {"name": button.get("name", ""), "sub_button": [_read(lower) for lower in below]}
    return {name: button[name] for name in ("type", "name", "key", "url") if button.get(name)}


def lines(menu: Menu) -> Iterator[str]:
    """The menu to look at, a button a line."""
    for button in menu["button"]:
        yield _line(button, "")
        for lower in button.get("sub_button", []):
            yield _line(lower, "    ")


def _line(button: dict[str, Any], margin: str) -> str:
    leads_to = button.get("key") or button.get("url") or button.get("type")
    return f"{margin}{button.get('name', '')}" + (f"  →  {leads_to}" if leads_to else "")
