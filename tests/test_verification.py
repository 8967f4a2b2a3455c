"""A site that was put online is asked for, page by page, and its intake too."""

from __future__ import annotations

import pytest
from werkzeug.wrappers import Request, Response

from assises import probe, verification
from assises.spool import Spool
from kernel import INTAKE_KEY, NOW, OTHER_KEY, intake
from public_host import answering, files

OUTPUTS = {
    "index.html": b"<p>home",
    "topics/a/index.html": b"<p>topic",
    "assets/style.1.css": b"p{}",
    "forms.json": b"{}",
}


def told(findings) -> list[tuple[bool, str]]:
    """Return what was found, in English."""
    return [(finding.holds, finding.what.render()) for finding in findings]


def test_pages_that_are_those_just_built_are_found_good():
    """First page, a page in a folder, an asset and forms.json are compared; a wrong address gives 404."""
    with answering(files(OUTPUTS)) as url:
        assert told(verification.pages(url, OUTPUTS)) == [
            (True, f"The pages answer at {url}, and are those just built.")
        ]


@pytest.mark.parametrize("path", list(OUTPUTS))
def test_a_page_that_is_another_is_named(path: str):
    """An older page, or an asset that did not arrive, is told with its address."""
    with answering(files({name: data for name, data in OUTPUTS.items() if name != path})) as url:
        (found, *_) = told(verification.pages(url, OUTPUTS))
        assert found == (
            False,
            f"These addresses do not show what was just built: {url}{path.removesuffix('index.html')}.",
        )


def test_a_host_that_answers_everything_is_told():
    """A host that shows its first page at any address confuses readers and search engines."""
    with answering(files(OUTPUTS, wrong=200)) as url:
        assert (False, "A wrong address is answered with 200 instead of 404.") in told(
            verification.pages(url, OUTPUTS)
        )


def test_an_address_that_leads_elsewhere_is_not_followed():
    """What residents type must be what site.yaml says."""

    @Request.application
    def leading(request: Request) -> Response:
        return Response(status=301, headers={"Location": "https://www.ville.example/"})

    with answering(leading) as url:
        (found,) = told(verification.pages(url, OUTPUTS))
        assert found[0] is False
        assert "https://www.ville.example/" in found[1]


def test_silence_is_told_with_its_reason(free_port):
    """No server, no name, no certificate that is trusted."""
    url = f"http://127.0.0.1:{free_port()}/"
    (found,) = told(verification.pages(url, OUTPUTS))
    assert found[0] is False
    assert "does not answer" in found[1]
    assert not verification.intake(url).holds
    assert not verification.send_probe(url, probe.make(INTAKE_KEY, NOW))[1].holds


def test_an_intake_answers_and_takes_a_probe(tmp_path):
    """With its own key; a site that has another is told so."""
    spool = Spool(tmp_path / "spool")
    with answering(intake(spool)) as url:
        assert verification.intake(url).holds
        id, finding = verification.send_probe(url, probe.make(INTAKE_KEY, NOW))
        assert finding.holds
        assert list(spool.list()) == [id]
        id, finding = verification.send_probe(url, probe.make(OTHER_KEY, NOW))
        assert (id, finding.holds) == ("", False)
        assert "another key" in finding.what.render()


def test_a_page_is_no_intake():
    """Where inbox.url leads to the static host, it says so."""
    with answering(files(OUTPUTS)) as url:
        assert told([verification.intake(url)]) == [(False, f"At {url} no intake answers (status 404).")]
        assert not verification.send_probe(url, probe.make(INTAKE_KEY, NOW))[1].holds


def test_what_cannot_be_seen_is_named():
    """On this machine alone, without TLS or with an authority of one's own, that is said."""
    own = [said.render() for said in verification.not_seen("http://127.0.0.1:8/", {})]
    assert [text.split(":")[0] for text in own] == [
        "Whether the name 127.0.0.1 is known elsewhere (DNS)",
        "Whether the way is private",
    ]
    private = verification.not_seen("https://localhost/", {"SSL_CERT_FILE": "/ca.pem"})
    assert any("SSL_CERT_FILE" in said.render() for said in private)
    public = [said.render() for said in verification.not_seen("https://ville.invalid/", {})]
    assert [text.split(":")[0] for text in public] == [
        "Whether the name ville.invalid is known everywhere yet (DNS)"
    ]
