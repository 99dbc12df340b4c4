"""A WeChat to rehearse with: it speaks WeChat's protocol on loopback, for tests and for measuring.

`Rehearsal` is WeChat's side of the API, with people who follow one account; `Pusher` brings the account what they do.
It keeps WeChat's limits by a clock of its own and shows what each person would see on their phone. What the account gets
wrong without WeChat refusing it stands in `Rehearsal.complaints`.
"""

from wenlu.wechat_rehearsal.clock import RehearsalClock
from wenlu.wechat_rehearsal.people import Line, Person
from wenlu.wechat_rehearsal.pusher import Push, Pusher, Try
from wenlu.wechat_rehearsal.refusals import Refusal
from wenlu.wechat_rehearsal.server import Rehearsal

__all__ = ["Line", "Person", "Push", "Pusher", "Refusal", "Rehearsal", "RehearsalClock", "Try"]
