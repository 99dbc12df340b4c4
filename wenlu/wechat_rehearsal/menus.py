"""What WeChat demands of a menu (createCustomMenu), and how it shows one (getCurrentSelfmenuInfo)."""

from typing import Any

from wenlu.wechat_rehearsal.refusals import Refusal

NEEDS = {
    "click": "key",
    "scancode_push": "key",
    "scancode_waitmsg": "key",
    "pic_sysphoto": "key",
    "pic_photo_or_album": "key",
    "pic_weixin": "key",
    "location_select": "key",
    "view": "url",
    "miniprogram": "url",
    "media_id": "media_id",
    "article_id": "article_id",
}
MOST_KEY = 128
MOST_URL = 1024


def check_menu(menu: dict[str, Any]) -> None:
    """Refuse a menu that WeChat would refuse: 1 to 3 buttons, 1 to 5 below each, names of 16 and 60 bytes."""
    buttons = menu.get("button")
    if not (isinstance(buttons, list) and 1 <= len(buttons) <= 3):
        raise Refusal(40016)
    for button in buttons:
        below = button.get("sub_button")
        if not below:
            _check_button(button, 16, (40017, 40018, 40019, 40020))
            continue
        _check_name(button, 16, 40018)
        if len(below) > 5:
            raise Refusal(40023)
        for lower in below:
            _check_button(lower, 60, (40024, 40025, 40026, 40027))


def _check_name(button: dict[str, Any], most: int, code: int) -> None:
    name = button.get("name")
    if not (isinstance(name, str) and 0 < len(name.encode()) <= most):
        raise Refusal(code)


def _check_button(button: dict[str, Any], most_name: int, codes: tuple[int, int, int, int]) -> None:
    kind, name, key, url = codes
    _check_name(button, most_name, name)
    needed = NEEDS.get(str(button.get("type")))
    if needed is None:
        raise Refusal(kind)
    value = button.get(needed)
    most, code = (MOST_URL, url) if needed == "url" else (MOST_KEY, key)
    if not (isinstance(value, str) and 0 < len(value.encode()) <= most):
        raise Refusal(code)


def shown(menu: dict[str, Any] | None) -> dict[str, Any]:
    """The menu as it is asked for; buttons below a button stand in a list of their own."""
    if menu is None:
        return {"is_menu_open": 0, "selfmenu_info": {"button": []}}
    buttons = [
        {"name": button["name"], "sub_button": {"list": button["sub_button"]}} if button.get("sub_button") else button
        for button in menu["button"]
    ]
    return {"is_menu_open": 1, "selfmenu_info": {"button": buttons}}
