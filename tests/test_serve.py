"""The preview, over real HTTP."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from served import Served, assises, copy_of, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The complete test site, below its sub-path."""
    with serving(copy_of("complete", tmp_path_factory.mktemp("serve"))) as found:
        yield found


def ask(served: Served, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    """Ask for a path of the host, and return the answer as it comes, redirects not followed."""
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=10)
    connection.request(method, path, headers=headers)
    return connection.getresponse()


def test_the_root_leads_to_the_sub_path(served: Served) -> None:
    """A site below a sub-path is found from the host's root, and from an address without its slash."""
    assert (ask(served, "/").status, ask(served, "/").getheader("Location")) == (302, "/assises/")
    answer = ask(served, "/assises/topics/housing")
    assert (answer.status, answer.getheader("Location")) == (301, "/assises/topics/housing/")


@pytest.mark.parametrize(
    "path", ["/nothing", "/assises/nothing/", "/assises/../site.yaml", "/assises/%2e%2e/site.yaml"]
)
def test_what_is_not_there_gets_the_sites_own_page(served: Served, path: str) -> None:
    """404 is answered in the site's look, and nothing outside the pages is ever served."""
    answer = ask(served, path)
    assert answer.status == 404
    assert "Assises de Villeneuve" in answer.read().decode()


def test_pages_come_with_their_headers_and_without_cookies(served: Served) -> None:
    """The policy lets forms go to the intake and everything else stay at home; nobody is followed."""
    answer = ask(served, "/assises/topics/housing/")
    policy = answer.getheader("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert f"form-action 'self' {served.url.removesuffix('/assises/')}" in policy
    assert answer.getheader("Set-Cookie") is None
    again = ask(served, "/assises/topics/housing/", **{"If-None-Match": answer.getheader("ETag")})
    assert again.status == 304


def test_former_addresses_lead_on(served: Served) -> None:
    """An alias answers with a page that leads to the new address."""
    page = served.get("logement/")
    assert 'http-equiv="refresh"' in page
    assert "/assises/topics/housing/" in page


def test_an_edit_is_seen_and_a_mistake_is_survived(served: Served) -> None:
    """A saved file is built at once; a broken one leaves the last good page, and mending it goes on."""
    topic = served.root / "content" / "topics" / "housing.md"
    text = topic.read_text(encoding="utf-8")
    topic.write_text(text.replace("Des attentes", "De grandes attentes"), encoding="utf-8")
    served.until("topics/housing/", lambda page: "De grandes attentes" in page)
    topic.write_text("---\ntitle: [\n", encoding="utf-8")
    other = served.root / "content" / "topics" / "other.md"
    other.write_text("---\ntitle: Autre\n---\n\nAutre.\n", encoding="utf-8")
    assert "De grandes attentes" in served.get("topics/housing/")
    topic.write_text(text, encoding="utf-8")
    served.until("topics/housing/", lambda page: "De grandes attentes" not in page)
    assert "Autre" in served.get("topics/other/")


def test_a_decision_from_another_terminal_is_seen(served: Served) -> None:
    """The store is watched too: what `assises moderate` decides elsewhere changes the pages here."""
    id = served.get("contributions.jsonl").split('"id":"')[1][:26]
    done = assises("moderate", "withhold", id, str(served.root), "--rule", "respect", "--reason", "essai")
    assert done.returncode == 0, done.stderr
    served.until("contributions.jsonl", lambda text: f'"id":"{id}"' not in text)
    assert assises("verify", served.url).returncode == 0


def test_a_busy_port_gives_way_to_the_next(tmp_path: Path) -> None:
    """Where the port is taken, the next free one is used and told."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serving(copy_of("minimal", tmp_path), port=port) as found:
            assert port < urlsplit(found.url).port < port + 20


def test_the_runner_outlives_what_it_cannot_read(served: Served) -> None:
    """What no intake wrote is set aside and told, and the next contribution is carried as ever."""
    spool = served.root / ".assises" / "spool"
    odd = "01BZDDNSS0Y593VSN4AEXBSS1H.json"
    (spool / "waiting" / odd).mkdir()
    served.until("inbox/health", lambda text: '"waiting": 0' in text)
    assert [path.name for path in (spool / "aside").iterdir()] == [odd]
    news = served.root / "content" / "news" / "start.md"
    news.write_text(news.read_text(encoding="utf-8").replace("À ce soir.", "À demain."), encoding="utf-8")
    served.until("news/start/", lambda page: "À demain." in page)
