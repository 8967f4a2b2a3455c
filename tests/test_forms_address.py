"""forms.json over the web: asked for every minute, and an intake that goes on whatever the site does."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from json import dumps

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from assises.keys import load_or_create
from assises_inbox.intake.forms import FormsError
from assises_inbox.intake.forms_address import EVERY, FormsAddress
from assises_inbox.intake.wsgi import FormsAddressError, from_environment
from kernel import TOPIC, client, forms_document


class Site:
    """A site that serves its forms.json, and can misbehave."""

    def __init__(self) -> None:
        self.body, self.status, self.asked = dumps(forms_document()).encode(), 200, []
        self.etag, self.location = '"one"', ""

    def __call__(self, environ, start_response):
        """Answer as a static host does."""
        request = Request(environ)
        self.asked.append((request.path, request.headers.get("If-None-Match")))
        if self.status == 200 and request.headers.get("If-None-Match") == self.etag:
            return Response(status=304)(environ, start_response)
        headers = {"ETag": self.etag} | ({"Location": self.location} if self.location else {})
        return Response(self.body, self.status, headers)(environ, start_response)


@contextmanager
def serving(site: Site):
    """Serve on a real socket."""
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/ville/forms.json"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def site():
    """A site that is well."""
    return Site()


@pytest.fixture
def url(site):
    """Where its forms.json is."""
    with serving(site) as url:
        yield url


def test_it_is_asked_once_a_minute_and_only_for_what_is_new(site, url):
    """By its ETag."""
    moment = [0.0]
    read = FormsAddress(url, clock=lambda: moment[0])
    first = read()
    assert read() is first
    assert site.asked == [("/ville/forms.json", None)]
    moment[0] = EVERY
    assert read() is first
    assert site.asked[1:] == [("/ville/forms.json", '"one"')]
    site.body, site.etag = dumps(forms_document(max_length=77)).encode(), '"two"'
    moment[0] = EVERY * 2 - 1
    assert read() is first
    moment[0] = EVERY * 2
    assert read().forms[TOPIC].max_length == 77


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (404, b"not here"), (200, b"{"), (200, b'{"format": 2}'), (301, b""), (204, b"")],
)
def test_the_last_good_one_serves_meanwhile(site, url, status, body):
    """Whatever the site answers, and when it does not answer at all."""
    moment = [0.0]
    read = FormsAddress(url, clock=lambda: moment[0])
    first = read()
    site.status, site.body, site.etag, site.location = (
        status,
        body,
        '"other"',
        "http://127.0.0.1:1/forms.json",
    )
    moment[0] = EVERY
    assert read() is first
    assert len(site.asked) == 2


def test_a_copy_serves_until_the_site_answers(tmp_path):
    """Which a bundle holds: a cold start needs nobody."""
    copy = tmp_path / "forms.json"
    copy.write_text(dumps(forms_document(max_length=55)), encoding="utf-8")
    site, moment = Site(), [0.0]
    with serving(site) as url:
        site.status = 500
        read = FormsAddress(url, copy, clock=lambda: moment[0])
        assert read().forms[TOPIC].max_length == 55
        site.status = 200
        moment[0] = EVERY
        assert read().forms[TOPIC].max_length == 5000
    moment[0] = EVERY * 2  # the server is gone
    assert read().forms[TOPIC].max_length == 5000


def test_with_nothing_at_all_it_says_so_and_tries_again():
    """503, and not an attempt a request."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/forms.json"
        moment = [0.0]
        read = FormsAddress(url, clock=lambda: moment[0])
        for _ in range(2):
            with pytest.raises(FormsError):
                read()
        assert read._asked == 0.0
        moment[0] = 6.0
        with pytest.raises(FormsError):
            read()
        assert read._asked == 6.0


def test_a_slow_site_holds_up_one_request_alone():
    """The others go by what is known."""
    slow, asked = threading.Event(), threading.Event()
    site, moment = Site(), [0.0]

    def late(environ, start_response):
        if len(site.asked):
            asked.set()
            slow.wait(10)
        return site(environ, start_response)

    with serving(late) as url:
        read = FormsAddress(url, clock=lambda: moment[0])
        first = read()
        moment[0] = EVERY
        waiting = threading.Thread(target=read)
        waiting.start()
        assert asked.wait(10)
        assert read() is first
        slow.set()
        waiting.join()


@pytest.fixture
def environment(tmp_path):
    """What every intake is given."""
    load_or_create(tmp_path / "intake.key")
    return {
        "ASSISES_STORAGE": f"spool:{tmp_path / 'spool'}",
        "ASSISES_INTAKE_KEY_FILE": str(tmp_path / "intake.key"),
    }


def test_the_environment_names_the_address(environment, url):
    """And the intake knows itself by it."""
    app = from_environment(environment | {"ASSISES_FORMS": url})
    assert client(app).get("/openapi.json").status_code == 200


@pytest.mark.parametrize("address", ["http://assises.example/forms.json", "HTTP://10.0.0.1/forms.json"])
def test_nothing_is_read_in_clear(environment, address):
    """Whoever stands between could else close every form, or put words into the pages."""
    with pytest.raises(FormsAddressError):
        from_environment(environment | {"ASSISES_FORMS": address})


def test_the_environments_copy_is_used(environment, tmp_path):
    """Where the site is not up yet."""
    copy = tmp_path / "forms.json"
    copy.write_text(dumps(forms_document()), encoding="utf-8")
    named = {"ASSISES_FORMS": "http://127.0.0.1:9/forms.json", "ASSISES_FORMS_COPY": str(copy)}
    assert client(from_environment(environment | named)).get("/openapi.json").status_code == 200
