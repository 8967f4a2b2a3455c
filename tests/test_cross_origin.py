"""Pages on one origin, intake on another: what silently refuses residents elsewhere must not here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import make_server

from assises import build
from assises.headers import page_headers
from assises.keys import load_or_create
from assises.spool import Spool
from assises.static import Pages
from assises.write import write
from assises_inbox.intake.wsgi import from_environment
from served import copy_of

if TYPE_CHECKING:
    from playwright.sync_api import Page


@contextmanager
def listening(application: Any) -> Iterator[str]:
    """Serve a WSGI application on a port of its own while the block runs."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("referrer", ["strict-origin-when-cross-origin", "no-referrer"])
def test_a_form_reaches_an_intake_elsewhere(
    tmp_path: Path, new_page: Callable[..., Page], referrer: str
) -> None:
    """Under the real headers, without script, and even with ``Origin: null``, a contribution arrives."""
    root = copy_of("minimal", tmp_path)
    places = {
        "ASSISES_FORMS": str(tmp_path / "dist" / "forms.json"),
        "ASSISES_STORAGE": f"spool:{root / '.assises' / 'spool'}",
        "ASSISES_INTAKE_KEY_FILE": str(root / ".assises" / "keys" / "intake.key"),
    }
    load_or_create(Path(places["ASSISES_INTAKE_KEY_FILE"]))
    origins = []
    intake = from_environment(places)

    def noting(environ: Any, start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] == "POST":
            origins.append(environ.get("HTTP_ORIGIN"))
        return intake(environ, start_response)

    pages = Pages()
    with listening(noting) as inbox, listening(pages) as site:
        open_always(root, site, inbox)
        loaded, outputs = build.build(root, datetime.now(UTC))
        write(outputs, tmp_path / "dist")
        pages.outputs = outputs
        pages.headers = dict(page_headers(loaded.addresses)) | {"Referrer-Policy": referrer}
        page = new_page(java_script_enabled=False)
        page.goto(f"{site}topics/housing/")
        page.get_by_label("Votre texte").fill("Depuis une autre origine.")
        page.get_by_role("button", name="Relire avant d’envoyer").click()
        page.get_by_role("button", name="Confirmer et envoyer").click()
        assert page.url.startswith(f"{inbox}receipts/")
    assert origins[0] == ("null" if referrer == "no-referrer" else site.rstrip("/"))
    assert len(list(Spool(root / ".assises" / "spool").list())) == 1


def open_always(root: Path, site: str, inbox: str) -> None:
    """Give the site its addresses, a topic to comment on, and a phase that is open today."""
    text = (root / "site.yaml").read_text(encoding="utf-8")
    text = text.replace("url: https://assises.example/villeneuve", f"url: {site}")
    text = text.replace("closes: 2017-12-10", "closes: 2100-01-01")
    text = text.replace("opens: 2017-12-11", "opens: 2100-01-02").replace(
        "closes: 2018-01-31", "closes: 2100-02-01"
    )
    (root / "site.yaml").write_text(f"{text}inbox:\n  url: {inbox}\n", encoding="utf-8")
    topic = root / "content" / "topics" / "housing.md"
    topic.parent.mkdir()
    topic.write_text("---\ntitle: Logement\n---\n\nOù habiter ?\n", encoding="utf-8")
