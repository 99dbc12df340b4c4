"""How a call to WeChat fails: a code as its API documents it, and what kind of failure that is for us."""

from typing import Literal

Kind = Literal["unreachable", "busy", "token", "window", "quota", "rate", "gone", "long", "right", "person", "other"]

UNREACHABLE = 0
TOKEN = 40001
TOO_LONG = 45002
KINDS: dict[int, Kind] = {
    UNREACHABLE: "unreachable",
    -1: "busy",
    40001: "token",  # invalid credential; also what stable_token says to a wrong AppSecret
    40003: "person",  # invalid openid
    40014: "token",  # invalid access_token
    42001: "token",  # access_token expired
    43004: "gone",  # require subscribe
    45002: "long",  # content size out of limit
    45009: "rate",  # reach max api daily quota limit
    45011: "rate",  # api minute-quota reach limit
    45015: "window",  # response out of time limit
    45047: "quota",  # out of response count limit
    48001: "right",  # api unauthorized
}


class WechatError(Exception):
    """WeChat did not do what it was asked. Says the code and nothing of what was sent.

    `uncertain`: the request may have been carried out all the same, because only the answer is missing.
    """

    def __init__(self, code: int, uncertain: bool = False) -> None:
        self.code = code
        self.kind: Kind = KINDS.get(code, "other")
        self.uncertain = uncertain
        super().__init__(f"{self.kind} ({code})")
