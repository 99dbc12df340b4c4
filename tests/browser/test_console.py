"""The console and the widget together, on the real api: hand over, take, write, give back; and the administrator's room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.pictures.service import keep
from tests.browser.desk import PASSWORD, Desk
from tests.pictures import talkative

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with nobody waiting."""
    running = Desk(tmp_path / "data")
    yield running
    running.stop()


class People:
    """Pages of several people, each in a browser of their own."""

    def __init__(self, chromium: Browser, desk: Desk) -> None:
        self.chromium = chromium
        self.desk = desk
        self.contexts: list[object] = []

    def page(self) -> Page:
        """A browser that has never been here."""
        page = self.chromium.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB").new_page()
        page.set_default_timeout(20000)
        self.contexts.append(page.context)
        return page

    def staff(self, username: str, *, deaf: bool = False) -> Page:
        """Log in, choose a password of one's own, and be at the desk; `deaf`: without live events."""
        page = self.page()
        if deaf:
            page.route("**/api/v1/console/events", lambda route: route.abort())
        page.goto(f"{self.desk.url}/console")
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(self.desk.first_passwords[username])
        page.locator(".primary").click()
        page.locator("[name=old]").fill(self.desk.first_passwords[username])
        page.locator("[name=new]").fill(PASSWORD)
        page.locator("[name=again]").fill(PASSWORD)
        page.locator(".primary").click()
        expect(page.locator(".bar")).to_be_visible()
        return page

    def resident(self, *, waiting: bool = True) -> Page:
        """Somebody with a question, handed over if `waiting`."""
        page = self.page()
        page.goto(f"{self.desk.url}/?language=en")
        page.locator("wenlu-chat .consent .solid").click()
        say(page, "My landlord keeps my deposit")
        expect(page.locator("wenlu-chat .assistant .bubble").last).to_be_visible()
        if waiting:
            page.locator("wenlu-chat .foot button").click()
            page.locator("wenlu-chat .packet .solid").click()
            expect(page.locator("wenlu-chat .banner")).to_contain_text("queue")
        return page


@pytest.fixture
def people(chromium: Browser, desk: Desk) -> Iterator[People]:
    """Residents and staff of this desk."""
    everybody = People(chromium, desk)
    yield everybody
    for context in everybody.contexts:
        context.close()  # type: ignore[attr-defined]


def say(page: Page, text: str) -> None:
    """Type into the widget and send."""
    field = page.locator("wenlu-chat .row textarea")
    expect(field).to_be_visible()
    field.press_sequentially(text)
    page.keyboard.press("Enter")


def write(page: Page, text: str) -> None:
    """Type into the console and send by the keyboard."""
    expect(page.locator(".write textarea")).to_be_visible()
    page.locator(".write textarea").press_sequentially(text)
    page.keyboard.press("Control+Enter")


def test_a_person_answers_and_nothing_is_lost_or_doubled(people: People, desk: Desk) -> None:
    """Hand over, take over, write, restart the server, reload on both sides: every word is there once."""
    mia = people.staff("mia")
    expect(mia.locator(".rows")).to_contain_text("Nobody is waiting")
    resident = people.resident()
    mia.locator(".line").click()
    expect(mia.locator(".packet")).to_contain_text("My landlord keeps my deposit")
    mia.locator("[data-act=take]").click()
    write(mia, "Hello, I read your question.")
    expect(resident.locator("wenlu-chat .mediator .bubble")).to_have_text("Hello, I read your question.")
    expect(resident.locator("wenlu-chat .banner")).to_contain_text("A person is here")
    say(resident, "Thank you for helping")
    expect(mia.locator(".message[data-role=resident]").last).to_contain_text("Thank you for helping")
    desk.stop()
    desk.start()
    write(mia, "Still here after a restart.")
    mia.locator(".message", has_text="Still here after a restart.").or_(
        mia.locator(".note:not(:empty)")
    ).first.wait_for()
    if mia.locator(".write textarea").input_value():
        mia.keyboard.press("Control+Enter")
    expect(resident.locator("wenlu-chat .mediator")).to_have_count(2, timeout=40000)
    resident.reload()
    expect(resident.locator("wenlu-chat .mediator")).to_have_count(2)
    mia.reload()
    mia.locator("[data-tab=mine]").click()
    mia.locator(".line").click()
    expect(mia.locator(".message[data-role=mediator]")).to_have_count(2)
    expect(mia.locator(".message", has_text="Thank you for helping")).to_have_count(1)


def test_words_that_nobody_could_translate_say_so(people: People) -> None:
    """A resident who reads French and a mediator who reads English, with no translator there: both are told, in their own language."""
    mia, resident = people.staff("mia"), people.resident()
    mia.locator(".line").click()
    mia.locator("[data-act=take]").click()
    write(mia, "Hello, I read your question.")
    expect(resident.locator("wenlu-chat .mediator")).to_have_count(1)
    expect(resident.locator("wenlu-chat .mediator .tongue")).to_have_count(0)
    resident.locator("wenlu-chat .lang select").select_option("fr")
    expect(resident.locator("wenlu-chat .mediator").first).to_contain_text("Une personne")
    say(resident, "Merci, voici le contrat")
    expect(mia.locator(".message[data-role=resident]").last).to_contain_text("Not translated")
    write(mia, "Please send me the contract.")
    expect(resident.locator("wenlu-chat .mediator").last).to_contain_text("Non traduit")
    expect(mia.locator(".message[data-role=mediator]").last).to_contain_text("Not translated")
    expect(mia.locator(".message[data-role=mediator]").first).not_to_contain_text("Not translated")


def test_one_of_two_gets_the_conversation(people: People) -> None:
    """The second who clicks, not yet knowing of the first, is told who has it."""
    people.resident()
    mia, wei = people.staff("mia"), people.staff("wei", deaf=True)
    for page in (mia, wei):
        page.locator(".line").click()
        expect(page.locator("[data-act=take]")).to_be_visible()
    mia.locator("[data-act=take]").click()
    expect(mia.locator(".write")).to_be_visible()
    wei.locator("[data-act=take]").click()
    expect(wei.locator(".pane .note")).to_contain_text("Mia Chen")
    expect(wei.locator(".head p")).to_contain_text("Mia Chen")
    expect(wei.locator(".write")).to_be_hidden()


@pytest.mark.parametrize(
    ("act", "banner", "tab"), [("return", "", "all"), ("release", "queue", "waiting"), ("close", "", "closed")]
)
def test_a_conversation_is_given_back(people: People, act: str, banner: str, tab: str) -> None:
    """Returned to the assistant, put back into the queue, or closed: the resident sees it, and so does the list."""
    resident, mia = people.resident(), people.staff("mia")
    mia.locator(".line").click()
    mia.locator("[data-act=take]").click()
    expect(resident.locator("wenlu-chat .banner")).to_contain_text("A person is here")
    mia.locator(f"[data-act={act}]").click()
    expect(mia.locator(".write")).to_be_hidden()
    expect(resident.locator("wenlu-chat .banner")).not_to_contain_text("A person is here")
    if banner:
        expect(resident.locator("wenlu-chat .banner")).to_contain_text(banner)
    mia.locator(f"[data-tab={tab}]").click()
    expect(mia.locator(".line")).to_have_count(1)


def test_a_draft_survives_everything(people: People) -> None:
    """What a mediator typed is there again after another conversation and after a reload."""
    people.resident()
    people.resident()
    mia = people.staff("mia")
    mia.locator(".line").first.click()
    mia.locator("[data-act=take]").click()
    mia.locator(".write textarea").fill("half a sentence")
    mia.locator("[data-tab=waiting]").click()
    mia.locator(".line").click()
    expect(mia.locator(".write")).to_be_hidden()
    mia.reload()
    mia.locator("[data-tab=mine]").click()
    mia.locator(".line").click()
    expect(mia.locator(".write textarea")).to_have_value("half a sentence")


def test_new_words_are_counted_until_they_are_read(people: People) -> None:
    """An unread mark stands at a conversation of mine until I open it."""
    resident, mia = people.resident(), people.staff("mia")
    mia.locator(".line").click()
    mia.locator("[data-act=take]").click()
    expect(mia.locator(".write")).to_be_visible()
    mia.reload()
    mia.locator("[data-tab=mine]").click()
    say(resident, "Are you there?")
    expect(mia.locator(".line .unread")).to_have_text("1")
    mia.locator(".line").click()
    expect(mia.locator(".line .unread")).to_have_count(0)


def test_a_wrong_password_is_told(people: People) -> None:
    """A wrong password lets nobody in and says so."""
    page = people.page()
    page.goto(f"{people.desk.url}/console")
    page.locator("[name=username]").fill("mia")
    page.locator("[name=password]").fill("not this one")
    page.locator(".primary").click()
    expect(page.locator(".note")).to_contain_text("wrong")
    expect(page.locator(".bar")).to_have_count(0)


def test_the_administrator_adds_disables_and_resets(people: People) -> None:
    """A new account's password is shown once and works; a disabled account is thrown out; a mediator sees no such room."""
    admin, mia = people.staff("admin"), people.staff("mia")
    expect(mia.locator("[data-room=staff]")).to_have_count(0)
    admin.locator("[data-room=staff]").click()
    admin.locator(".add [name=username]").fill("noor")
    admin.locator(".add [name=display_name]").fill("Noor")
    admin.locator(".add .primary").click()
    shown = admin.locator("dialog .password").inner_text()
    admin.locator("dialog .primary").click()
    expect(admin.locator("dialog .password")).to_have_count(0)
    people.desk.first_passwords["noor"] = shown
    people.staff("noor")
    line = admin.locator("tr[data-username=mia]")
    line.get_by_role("button", name="Disable").click()
    expect(line).to_contain_text("Disabled")
    mia.reload()
    expect(mia.locator("[name=password]")).to_be_visible()
    admin.locator("tr[data-username=wei]").get_by_role("button", name="New password").click()
    people.desk.first_passwords["wei"] = admin.locator("dialog .password").inner_text()
    people.staff("wei")


def test_logging_out_leaves_nothing(people: People) -> None:
    """After logging out the way back asks for the password."""
    mia = people.staff("mia")
    mia.locator(".menu summary").click()
    mia.get_by_role("button", name="Log out").click()
    expect(mia.locator("[name=password]")).to_be_visible()
    mia.reload()
    expect(mia.locator("[name=password]")).to_be_visible()


def test_a_picture_is_seen_at_the_desk(people: People, desk: Desk) -> None:
    """A picture that a resident sent is there at once, in the conversation and whole, upright and named for whoever listens."""
    mia, resident = people.staff("mia"), people.resident()
    mia.locator(".line").click()
    expect(mia.locator(".packet")).to_contain_text("My landlord keeps my deposit")
    mia.locator("[data-act=take]").click()
    expect(mia.locator(".write textarea")).to_be_focused()
    kept = resident.evaluate("JSON.parse(Object.values(localStorage)[0])")
    desk.do(keep(desk.services, kept["id"], talkative("image/jpeg", orientation=6), lambda conversation: None))
    picture = mia.get_by_role("img", name="Picture from the resident")
    expect(picture).to_be_in_viewport(ratio=0.9)
    # Two by one as it was taken, one by two as it stands.
    expect(picture).to_have_js_property("naturalWidth", 1)
    expect(picture).to_have_js_property("naturalHeight", 2)
    for kind in ("image/png", "image/gif", "image/webp"):
        desk.do(keep(desk.services, kept["id"], talkative(kind), lambda conversation: None))
    expect(picture).to_have_count(4)
    for number in range(1, 4):
        picture.nth(number).scroll_into_view_if_needed()
        expect(picture.nth(number)).to_have_js_property("naturalWidth", 2)
    with mia.expect_popup() as whole:
        picture.first.click()
    expect(whole.value.locator("img")).to_be_visible()
    expect(resident.locator("wenlu-chat .resident .bubble").last).to_have_text("Picture")
