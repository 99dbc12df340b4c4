"""What WeChat says when it refuses, by the codes of its documentation (global return codes)."""

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40066: "invalid url",
    40125: "invalid appsecret",
    40164: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist",
    41001: "access_token missing",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    44002: "empty post data",
    44004: "empty content",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "invalid command",
    45080: "typing state requires interaction within 30 seconds",
    45081: "already in typing state",
    47001: "data format error",
    48001: "api unauthorized",
}


class Refusal(Exception):
    """A call that WeChat does not carry out."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"{code} {MESSAGES.get(code, 'error')}")

    def body(self) -> dict[str, object]:
        """What the caller is told."""
        return {"errcode": self.code, "errmsg": f"{MESSAGES.get(self.code, 'error')} rid: rehearsal"}
