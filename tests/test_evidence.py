"""Where evidence is found: a store beside a site, a folder of built pages, a site on the web."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from shutil import copytree

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from assises.evidence import evidence_at, heads_at
from assises.problems import ContentError
from assises.spool import Spool
from assises.store import Store, StoreError
from assises.verify import Evidence, EvidenceError, verify
from kernel import NOW, contribution, envelope, evidence, receive, runner

MINIMAL = Path(__file__).resolve().parent / "sites" / "minimal"


@pytest.fixture
def published(tmp_path) -> Evidence:
    """What a store with one published contribution has to show."""
    spool = Spool(tmp_path / "spool")
    receive(spool, envelope())
    with Store.create(tmp_path / "store.git") as store:
        runner(store, spool, publish_at_once=True).drain(NOW)
        return evidence(store)


def put(files: dict[str, bytes], folder: Path) -> Path:
    """Write files into a folder."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def on_the_web(app):
    """Serve an application; give its address."""
    server = make_server("127.0.0.1", 0, app, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def serving(files: dict[str, bytes], below: str = "/ville/"):
    """Return an application that serves files below a path, as a host of static files does."""

    @Request.application
    def app(request: Request) -> Response:
        data = files.get(request.path.removeprefix(below))
        return Response(data) if data is not None and request.path.startswith(below) else Response("", 404)

    return app


def test_evidence_in_a_folder(published, tmp_path):
    """As a build wrote it."""
    folder = put(published.files(), tmp_path / "dist")
    assert evidence_at(str(folder)) == published
    assert verify(evidence_at(str(folder)), NOW).counts.published == 1


def test_evidence_on_the_web(published):
    """Under a sub-path, with or without its final slash; the scheme in any case."""
    with on_the_web(serving(published.files())) as address:
        for place in (f"{address}/ville/", f"{address}/ville", f"{address.replace('http', 'HTTP')}/ville"):
            assert evidence_at(place) == published


def test_evidence_in_a_store(published, tmp_path):
    """Beside a site's own files: what the next build would publish."""
    site = tmp_path / "site"
    copytree(MINIMAL, site)
    spool = Spool(tmp_path / "other-spool")
    receive(spool, envelope())
    with Store.create(site / ".assises" / "store.git") as store:
        runner(store, spool, publish_at_once=True).drain(NOW)
    assert evidence_at(str(site)) == published
    assert contribution().canonical() == published.published


def test_a_site_without_a_store_says_so(tmp_path):
    """Nothing is made by looking."""
    site = tmp_path / "site"
    copytree(MINIMAL, site)
    before = sorted(site.rglob("*"))
    with pytest.raises(StoreError, match="store"):
        evidence_at(str(site))
    assert sorted(site.rglob("*")) == before


def test_a_site_that_cannot_be_read_says_so(tmp_path):
    """At its line, as every command does."""
    put({"site.yaml": b"nam: x\n"}, tmp_path)
    with pytest.raises(ContentError):
        evidence_at(str(tmp_path))


@pytest.mark.parametrize("missing", ["ledger/ledger.jsonl", "ledger/keys.json", "contributions.jsonl"])
def test_a_missing_file_says_which(published, tmp_path, missing):
    """In a folder and on the web alike."""
    files = {path: data for path, data in published.files().items() if path != missing}
    with pytest.raises(EvidenceError, match=Path(missing).name):
        evidence_at(str(put(files, tmp_path / "dist")))
    with on_the_web(serving(files)) as address, pytest.raises(EvidenceError, match=Path(missing).name):
        evidence_at(f"{address}/ville/")


@pytest.mark.parametrize("place", ["nowhere", "file"])
def test_no_folder_says_so(tmp_path, place):
    """A path that does not exist, or a file."""
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(EvidenceError):
        evidence_at(str(tmp_path / place))


@pytest.mark.parametrize(
    "place",
    [
        "http://",
        "http://[",
        "http://[::1",
        "http://127.0.0.1:port/",
        "http://127.0.0.1:99999999/",
        "http://a b/",
        "http://127.0.0.1:1/\x00",
        "https://127.0.0.1:1/",
        "http://é/\n",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
    ],
)
def test_a_strange_address_says_so(place):
    """Nothing that is typed ends in a traceback, and no other scheme is opened."""
    with pytest.raises(EvidenceError):
        evidence_at(place)


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_site_that_fails_says_so(status):
    """Its status is in the message."""
    with on_the_web(Response("", status)) as address, pytest.raises(EvidenceError, match=str(status)):
        evidence_at(address)


def test_a_site_that_breaks_off_says_so():
    """Half a file is no evidence."""

    def app(_environ, start_response):
        start_response("200 OK", [("Content-Length", "1000")])
        return [b"half"]

    with on_the_web(app) as address, pytest.raises(EvidenceError, match="cannot be read"):
        evidence_at(address)


def test_an_earlier_head_is_read_from_a_file(published, tmp_path):
    """As it was kept, from a mail that brought it, or from any text with its line; anything else says so."""
    mail = EmailMessage()
    mail["Subject"] = "Tête du journal"
    mail.set_content("Voici la tête du journal, à garder.\n")
    mail.add_attachment(published.head, maintype="application", subtype="json", filename="head.json")
    texts = (published.head, mail.as_bytes(), b"noted:\r\n " + published.head.replace(b"\n", b"\r\n"))
    place = tmp_path / "head"
    for data in texts:
        place.write_bytes(data)
        assert [head.to_bytes() for head in heads_at(str(place))] == [published.head]
    for data in (b"", b"x", b"{}\n", b"\xff", b"A: b\n\n{\n"):
        place.write_bytes(data)
        with pytest.raises(EvidenceError, match="no signed head"):
            heads_at(str(place))
    with pytest.raises(EvidenceError):
        heads_at(str(tmp_path / "absent"))


def test_an_earlier_copy_of_the_site_holds_earlier_heads(published, tmp_path):
    """A folder that someone downloaded, or the web's archive of it."""
    built(published, tmp_path / "old")
    assert [head.to_bytes() for head in heads_at(str(tmp_path / "old"))] == [published.head]


def test_a_downloaded_site_may_lie_deeper(published, tmp_path):
    """Wget puts it below folders named by its address; two of them are no answer."""
    built(published, tmp_path / "download" / "ville.example" / "assises")
    assert evidence_at(str(tmp_path / "download")) == published
    built(published, tmp_path / "download" / "autre.example")
    with pytest.raises(EvidenceError, match="missing here"):
        evidence_at(str(tmp_path / "download"))


def built(evidence: Evidence, folder: Path) -> None:
    """Write the files that a built site publishes for anyone to check."""
    for path, data in evidence.files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
