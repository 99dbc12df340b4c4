"""The people who follow the account: what they see on their phones and how often they may be written to."""

from dataclasses import dataclass, field
from typing import Literal

from wenlu.wechat_rehearsal.refusals import Refusal

How = Literal["message", "passive", "service", "fault"]

MESSAGE_KINDS = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link"})
CLICK_EVENTS = frozenset({"click", "subscribe", "scan", "scancode_push", "scancode_waitmsg"})
AFTER_A_MESSAGE = (5, 48 * 3600.0)
AFTER_A_CLICK = (3, 60.0)
TYPING_LASTS = 15.0
TYPING_AFTER = 30.0
MOST_BYTES = 2048


@dataclass(frozen=True)
class Line:
    """One thing on the phone. how: message (their own), passive, service (customer service) or fault (WeChat's excuse)."""

    at: float
    how: How
    text: str


@dataclass
class Pool:
    """How many texts may still be sent, and until when."""

    left: int = 0
    until: float = 0.0

    def fill(self, many: int, until: float) -> None:
        """What was left before does not add up."""
        self.left, self.until = many, until


@dataclass
class Person:
    """One follower."""

    openid: str
    language: str = "en"
    subscribed: bool = True
    lines: list[Line] = field(default_factory=list)
    typings: list[tuple[float, str]] = field(default_factory=list)
    after_message: Pool = field(default_factory=Pool)
    after_click: Pool = field(default_factory=Pool)
    last_act: float = float("-inf")
    typing_until: float = 0.0

    @property
    def seen(self) -> list[str]:
        """What the account said, in order, however it came."""
        return [line.text for line in self.lines if line.how in {"passive", "service"}]

    def act(self, kind: str, event: str, menu_message: bool, at: float) -> None:
        """They did something: what may be sent to them now.

        A tap on a menu message comes as a text, yet gives only what a click gives.
        """
        if kind in MESSAGE_KINDS and not menu_message:
            self.after_message.fill(AFTER_A_MESSAGE[0], at + AFTER_A_MESSAGE[1])
        elif event in CLICK_EVENTS or menu_message:
            self.after_click.fill(AFTER_A_CLICK[0], at + AFTER_A_CLICK[1])
        if event == "subscribe":
            self.subscribed = True
        if event == "unsubscribe":
            self.subscribed = False
            self.after_message, self.after_click = Pool(), Pool()
        self.last_act = at

    def take(self, at: float) -> None:
        """Use up one text. The longer pool first: WeChat does not say which, and so less is left later."""
        if not self.subscribed:
            raise Refusal(43004)
        open_pools = [pool for pool in (self.after_message, self.after_click) if at < pool.until]
        if not open_pools:
            raise Refusal(45015)
        pool = next((pool for pool in open_pools if pool.left), None)
        if pool is None:
            raise Refusal(45047)
        pool.left -= 1

    def receive(self, text: str, at: float) -> None:
        """A customer-service text."""
        if not text:
            raise Refusal(44004)
        if len(text.encode()) > MOST_BYTES:
            raise Refusal(45002)
        self.take(at)
        self.typing_until = 0.0
        self.lines.append(Line(at, "service", text))

    def show_typing(self, command: object, at: float) -> None:
        """The account is typing, or stopped."""
        if command not in {"Typing", "CancelTyping"}:
            raise Refusal(45072)
        if not self.subscribed:
            raise Refusal(43004)
        if command == "Typing":
            if at - self.last_act > TYPING_AFTER:
                raise Refusal(45080)
            if at < self.typing_until:
                raise Refusal(45081)
        self.typing_until = at + TYPING_LASTS if command == "Typing" else 0.0
        self.typings.append((at, str(command)))
