"""Every place for pages keeps one contract: whole files, assets first, nothing of others', one at a time."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

import places
from assises.deploy.contract import TargetError
from assises.deploy.plan import KEPT_FOR, MANIFEST
from assises.deploy.publish import Terms, planned, publish
from assises.deploy.targets import Secrets, target_at
from conftest import require

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
KINDS = ("folder", "archive", "sftp", "rsync", "ftps", "s3", "git")
ME, OTHER = Terms("me"), Terms("other")


def site(look: str, *topics: str) -> dict[str, bytes]:
    """Return a small site whose every page refers to one style and one picture, named by their content."""
    style, picture = f"assets/style.{look}.css", f"assets/photos/place.{look}.avif"
    page = f'<link rel="stylesheet" href="/{style}"><img src="/{picture}" alt="">'.encode()
    pages = {f"topics/{topic}/index.html": page + topic.encode() for topic in topics}
    rest = {
        "index.html": page,
        "forms.json": b'{"look":"%s"}' % look.encode(),
        "données #1 100%.txt": "é".encode(),
    }
    return {style: look.encode(), picture: look.encode() * 1000, **rest, **pages}


FIRST = site("0000aaaa", "housing", "schools")


def visitors_see_whole_pages(there: dict[str, bytes]) -> bool:
    """Tell whether every page that is there finds all that it refers to."""
    pages = [data.decode() for path, data in there.items() if path.endswith(".html")]
    return all(asset in there for page in pages for asset in re.findall(r'="/(assets/[^"]+)"', page))


@pytest.fixture(scope="module", params=KINDS)
def place(request, tmp_path_factory):
    """A place of each kind, served as it is in earnest."""
    folder = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        match request.param:
            case "folder":
                found = stack.enter_context(places.a_folder(folder))
            case "archive":
                found = stack.enter_context(places.archive(folder))
            case "sftp":
                found = stack.enter_context(places.sftp(folder, require("ssh")[0]))
            case "rsync":
                found = stack.enter_context(places.rsync(folder, require("ssh")[0]))
            case "ftps":
                found = stack.enter_context(places.ftps(folder))
            case "s3":
                found = stack.enter_context(places.s3())
            case _:
                programs = (*require("git-host"), *require("caddy"))
                found = stack.enter_context(places.forge(folder, *programs))
        for name, value in found.environment.items():
            patch.setenv(name, value)
        yield found


@pytest.fixture
def name(request):
    """The name of a site of this test's own."""
    return re.sub("[^a-z]", "", request.node.originalname.removeprefix("test_"))


@pytest.fixture
def target(place, name, tmp_path):
    """That site's place, empty."""
    with closing(at(place, name, tmp_path)) as found:
        yield found


def at(place, name, root):
    """Return a place as one finds it who has just started."""
    return target_at(place.address(name), root, Secrets(place.environment))


@dataclass
class Watched:
    """A place at which somebody looks after each step, and whose connection breaks after some files."""

    inner: object
    seen: object
    breaks_after: int = 10_000
    steps: list[str] = field(default_factory=list)

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def send(self, files):
        """Send files one by one."""
        for path, data in files.items():
            if len(self.steps) >= self.breaks_after:
                raise ConnectionResetError
            self.inner.send({path: data})
            if path != MANIFEST:
                self.steps.append(f"+{path}")
            assert visitors_see_whole_pages(self.seen()), self.steps

    def remove(self, paths):
        """Remove files one by one."""
        for path in paths:
            self.inner.remove([path])
            self.steps.append(f"-{path}")
            assert visitors_see_whole_pages(self.seen()), self.steps


def test_everything_arrives_and_the_second_time_nothing_is_sent(place, target, name):
    """To the byte, whatever its name; and then there is nothing to do."""
    made = publish(target, FIRST, NOW, ME)
    assert set(made.send) == set(FIRST)
    there = place.seen(name)
    assert {path: data for path, data in there.items() if path != MANIFEST} == FIRST
    assert publish(target, FIRST, NOW, OTHER).is_empty
    assert place.seen(name) == there


def test_only_what_changed_is_sent_in_an_order_that_leaves_no_page_bare(place, target, name):
    """Assets before pages, the home page last, removals at the end; what was retired stays for a week."""
    publish(target, FIRST, NOW, ME)
    second = site("1111bbbb", "housing")
    watched = Watched(target, lambda: place.seen(name))
    publish(watched, second, NOW, ME)
    assert watched.steps == [
        "+assets/photos/place.1111bbbb.avif",
        "+assets/style.1111bbbb.css",
        "+forms.json",
        "+topics/housing/index.html",
        "+index.html",
        "-topics/schools/index.html",
    ]
    there = place.seen(name)
    assert second.items() <= there.items()
    assert there["assets/style.0000aaaa.css"] == b"0000aaaa"
    assert planned(target, second, NOW + KEPT_FOR - timedelta(seconds=1), ME).is_empty
    made = publish(target, second, NOW + KEPT_FOR, ME)
    assert made.remove == ("assets/photos/place.0000aaaa.avif", "assets/style.0000aaaa.css")
    assert place.seen(name).keys() - {MANIFEST} == second.keys()


@pytest.mark.parametrize("breaks_after", [0, 1, 3, 5])
def test_what_was_broken_off_goes_on(place, target, name, tmp_path, breaks_after):
    """The next run, from the same machine, finishes the work; visitors saw whole pages all the while."""
    if place.slow and breaks_after != 3:
        pytest.skip("each file is a connection: once is enough")
    name = f"{name}{breaks_after}"
    target = at(place, name, tmp_path)
    with closing(target):
        publish(target, FIRST, NOW, ME)
        target.close()
        second = site("2222cccc", "housing", "parks")
        with pytest.raises(ConnectionResetError):
            publish(Watched(target, lambda: place.seen(name), breaks_after), second, NOW, ME)
    again = at(place, name, tmp_path)
    with closing(again):
        publish(Watched(again, lambda: place.seen(name)), second, NOW, ME)
        there = place.seen(name)
        assert second.items() <= there.items()
        assert "topics/schools/index.html" not in there
        assert publish(again, second, NOW, ME).is_empty


def test_an_interruption_costs_one_batch_at_most(place, target, monkeypatch):
    """What was sent and noted is not sent again."""
    monkeypatch.setattr("assises.deploy.publish._BATCH", 2)
    if not place.claims:
        pytest.skip("a forge takes everything at once")
    broken = Watched(target, dict, breaks_after=5)
    with pytest.raises(ConnectionResetError):
        publish(broken, FIRST, NOW, ME)
    assert set(planned(target, FIRST, NOW, ME).send) == set(FIRST) - {step[1:] for step in broken.steps[:4]}


def test_two_members_of_staff_do_not_deploy_at_once(place, target, name, tmp_path):
    """Whoever comes second is told since when the place is held; the first one's own next run goes on."""
    with closing(at(place, name, tmp_path)) as other:
        if not place.claims:
            publish(target, FIRST, NOW, ME)
            planned(target, FIRST, NOW, ME)
            publish(other, site("3333dddd"), NOW, OTHER)
            with pytest.raises(TargetError, match="meanwhile"):
                publish(target, site("4444eeee"), NOW, ME)
            target.close()
            publish(target, site("4444eeee"), NOW, ME)
            return
        assert (
            target.claim(json.dumps({"by": "me", "format": 1, "since": "2026-11-25T09:00:00Z"}).encode())
            is None
        )
        with pytest.raises(TargetError, match="since 2026-11-25T09:00:00Z"):
            publish(other, FIRST, NOW, OTHER)
        assert "index.html" not in place.seen(name)
        publish(target, FIRST, NOW, ME)
        assert target.claim(b"\x1b[31m not ours") is None
        with pytest.raises(TargetError, match=r"since \?"):
            publish(other, FIRST, NOW, OTHER)
        publish(other, FIRST, NOW, Terms("other", break_lock=True))
        assert publish(target, FIRST, NOW, ME).is_empty


def test_a_site_that_is_not_ours_is_left_alone(place, target, name):
    """Unless that is meant; and then it is written over, while its other files stay."""
    place.put(name, "index.html", b"somebody else's")
    place.put(name, "other/page.html", b"theirs")
    with pytest.raises(TargetError, match="--adopt"):
        publish(target, FIRST, NOW, ME)
    assert place.seen(name)["index.html"] == b"somebody else's"
    publish(target, FIRST, NOW, Terms("me", adopt=True))
    there = place.seen(name)
    assert FIRST.items() <= there.items()
    assert there["other/page.html"] == b"theirs"


def test_too_many_removals_are_refused(place, target, name):
    """A site that is suddenly small is a mistake until somebody says that it is none."""
    many = site("0000aaaa", *map(str, range(5)))
    publish(target, many, NOW, ME)
    with pytest.raises(TargetError, match="--most-deletions 5"):
        publish(target, site("0000aaaa"), NOW, Terms("me", most_deletions=4))
    assert many.items() <= place.seen(name).items()
    publish(target, site("0000aaaa"), NOW, Terms("me", most_deletions=5))
    assert len(place.seen(name)) == len(site("0000aaaa")) + 1


def test_a_manifest_that_was_tampered_with_leads_nowhere(place, target, name):
    """What it names outside the place is not touched; one that cannot be read is told."""
    outside = "../outside/index.html"
    place.put("outside", "index.html", b"not ours")
    listed = {outside: "", "/etc/hostname": "", "topics/..": "", "gone.html": "x"}
    place.put(name, MANIFEST, json.dumps({"format": 1, "files": listed}).encode())
    made = publish(target, FIRST, NOW, ME)
    assert made.remove == ("gone.html",)
    assert place.seen("outside")["index.html"] == b"not ours"
    place.put(name, MANIFEST, b"[" * 10_000)
    target.close()
    with pytest.raises(TargetError, match="damaged"):
        publish(target, FIRST, NOW, ME)


def test_a_page_becomes_a_folder_and_a_folder_a_page(place, target, name):
    """What stands in the way goes first."""
    publish(target, FIRST | {"a": b"file", "b/c.txt": b"file"}, NOW, ME)
    second = FIRST | {"a/c.txt": b"file", "b": b"file"}
    publish(target, second, NOW, ME)
    assert place.seen(name).keys() - {MANIFEST} == second.keys()


def test_a_place_that_refuses_is_told_without_its_secrets(place, tmp_path, name, monkeypatch):
    """A wrong password, an unknown host: one sentence, and nothing of what was secret."""
    wrong = {key: "wrong" for key in place.environment if key.startswith("ASSISES_DEPLOY")}
    if not wrong:
        pytest.skip("nothing is secret here")
    target = target_at(place.address(name), tmp_path, Secrets(wrong))
    with closing(target), pytest.raises(TargetError) as told:
        publish(target, FIRST, NOW, ME)
    said = str(told.value).replace("'wrong'", "the key's file")
    assert not any(secret in said for secret in (*place.secrets, "wrong"))
    assert "cannot be written" in str(told.value)
