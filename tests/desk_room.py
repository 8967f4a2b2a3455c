"""A desk over a real store, and a moderator's browser at it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse

from assises.content_reader import load_content
from assises.contribution import NO_ID, NO_NONCE, Contribution, identified
from assises.keys import Key
from assises.ledger import Ledger
from assises.moderation import Decision, decisions_to_bytes
from assises.moderators import Moderator
from assises.settings_reader import load_settings
from assises.site import Site
from assises.store import Author, Fate, Store, decisions_path, path_of
from assises_inbox.desk.app import Desk
from assises_inbox.desk.office import Office
from served import copy_of

NOW = datetime(2017, 11, 20, 19, 15, tzinfo=UTC)
SECOND_RULE = (
    "\n    - id: subject\n      title:\n        fr: Rester dans le sujet\n        en: Keep to the subject\n"
)


def nowhere(environ, start_response):
    """Stand where the site would."""
    start_response("404 Not Found", [])
    return [b"no desk"]


@dataclass
class Room:
    """The desk, what it stands on, and what is to be seen from outside."""

    folder: Path
    base: str = "http://127.0.0.1:8000/assises/"
    moderator: str = "Anne Martin"
    """Who started the desk on their own machine."""

    key: Key = field(default_factory=lambda: Key(b"k" * 32))
    now: datetime = NOW
    decided: int = 0
    links: list[tuple[str, str]] = field(default_factory=list)
    """Whom a fresh link was sent to, and the link."""

    def __post_init__(self) -> None:
        root = copy_of("minimal", self.folder)
        settings = root / "site.yaml"
        text = settings.read_text(encoding="utf-8").replace("url: ", "languages: [fr, en]\nurl: ")
        text = re.sub(r"(title: Ni injure ni diffamation)\n", rf"\1{SECOND_RULE}", text)
        settings.write_text(text, encoding="utf-8")
        (root / "content/topics").mkdir()
        (root / "content/topics/housing.md").write_text("---\ntitle: Le logement\n---\n", encoding="utf-8")
        (root / "content/topics/housing.en.md").write_text("---\ntitle: Housing\n---\n", encoding="utf-8")
        read, problems = load_settings(root)
        content, more = load_content(root, read)
        assert not [*problems, *more]
        self.site = Site(read, content, (), Ledger(), self.now)
        self.store = Store.create(self.folder / "store.git")
        self.desk = self.another()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def another(self, moderator: str = "", **changes: object) -> Desk:
        """Return a desk over the same store, as another process would have it."""
        name = moderator or self.moderator
        given = {
            "store": self.store,
            "site": lambda: self.site,
            "key": self.key,
            "clock": lambda: self.now,
            "decided": self._count,
            "local": Moderator.of(f"{name.split()[0]}@localhost", name),
            "base": self.base,
            "url": f"{self.base}desk/",
            "send_link": lambda to, url: self.links.append((to.email, url)),
        }
        return Desk(Office(**given | changes))

    def _count(self) -> None:
        self.decided += 1

    def put(self, *contributions: Contribution, fate: Fate = "pending", flags: tuple[str, ...] = ()) -> None:
        """Store contributions, in one commit."""
        changes = {path_of(fate, each.id): each.canonical() for each in contributions}
        flag = decisions_to_bytes((Decision("flag", "runner", self.now, flags=flags),))
        changes |= {decisions_path(fate, each.id): flag for each in contributions if flags}
        self.store.commit(Author("Test", "test@localhost"), "Put", self.now, lambda _: changes)

    def fate(self, contribution: Contribution) -> str | None:
        """Return what the store says of a contribution."""
        return self.store.read().fate(contribution.id)

    def browser(self, desk: Desk | None = None, cookie: str | None = None) -> Browser:
        """Return a browser in front of the desk; with a cookie, it sends this one and takes no other."""
        return Browser(self, desk or self.desk, cookie)

    def moderator_in(self, desk: Desk | None = None) -> Browser:
        """Return a browser in which a moderator is signed in."""
        browser = self.browser(desk)
        assert browser.enter(browser.link()).status_code == 303
        return browser


class Browser(Client):
    """A browser that keeps cookies and knows how to fill in the desk's forms."""

    def __init__(self, room: Room, desk: Desk, cookie: str | None = None) -> None:
        path = re.sub(r"^https?://[^/]+", "", room.base)
        super().__init__(DispatcherMiddleware(nowhere, {f"{path}desk": desk}), use_cookies=cookie is None)
        self.cookie = {} if cookie is None else {"Cookie": cookie}
        self.desk, self.path, self.origin = desk, f"{path}desk", room.base.removesuffix(path)

    def open(self, *arguments, **options):
        """Send a request to the site's own address."""
        options["headers"] = self.cookie | options.get("headers", {})
        return super().open(*arguments, **{"base_url": self.origin} | options)

    def link(self) -> str:
        """Return the path of a fresh sign-in link."""
        office = self.desk.office
        return office.sign_in_link(office.local).removeprefix(self.origin)

    def enter(self, link: str) -> TestResponse:
        """Open a sign-in link, and press its button."""
        page = self.get(link)
        if page.status_code != 200:
            return page
        return self.post(f"{self.path}/sign-in", data={"key": link.rpartition("/")[2]})

    def see(self, place: str = "/", status: int = 200) -> str:
        """Return one of the desk's pages."""
        answer = self.get(self.path + place)
        assert answer.status_code == status, answer.text
        return answer.text

    def token(self) -> str:
        """Return what this session's forms carry."""
        return re.search(r'name="token" value="(\w+)"', self.see())[1]

    def decide(self, id: str, action: str, seen: str = "pending", **fields: str) -> TestResponse:
        """Send the form of a decision."""
        data = {"token": self.token(), "action": action, "seen": seen} | fields
        return self.post(f"{self.path}/contributions/{id}", data=data)


def said(
    text: str = "Un banc devant l’école.", minutes: int = 0, of: str = "topics/housing", **fields: object
) -> Contribution:
    """Return a comment on housing, made so many minutes before now."""
    given = {
        "kind": "comment",
        "author": "Lou",
        "form": "topics/housing:comment",
        "language": "fr",
        "channel": "web",
    } | fields
    time = NOW - timedelta(minutes=minutes)
    draft = Contribution(id=NO_ID, nonce=NO_NONCE, of=of, time=time, text=text, **given)
    return identified(draft, b"\1" * 32)
