"""Mail: what reaches a real server, and what never does."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises.mail import Account, Letter, MailError, checked, composed, deliver, is_address, one_line, send
from mail_server import PASSWORD, Box, certificate_in, mail_server

NOW = datetime(2017, 11, 20, 19, 15, tzinfo=UTC)
LETTER = Letter(
    "anne@ville.example", "Deux contributions attendent", "Bonjour,\n\nÀ lire : https://ville.example/é\n"
)
FIELDS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language",
    "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
}  # fmt: skip


@pytest.fixture(scope="module")
def box():
    """A server that takes everything."""
    with mail_server() as box:
        yield box


def account_of(box: Box, **more: str) -> Account:
    account = Account.from_environment(box.environ(**more))
    assert account is not None
    return account


def test_a_letter_arrives_as_it_was_written(box: Box):
    """Words, names and addresses, whatever their script."""
    send(account_of(box), replace(LETTER, name="Zoé « la Présidente »", reply_to="ville@ville.example"), NOW)
    letter = box.letters[-1]
    assert letter.get_content() == LETTER.text.replace("\n", "\r\n")
    assert letter["Subject"] == LETTER.subject
    assert letter["To"].addresses[0].display_name == "Zoé « la Présidente »"
    assert letter["To"].addresses[0].addr_spec == LETTER.to
    assert str(letter["From"]) == "Assises <assises@ville.example>"
    assert letter["Reply-To"] == "ville@ville.example"
    assert letter["Date"].datetime == NOW
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@ville.example>")
    assert box.to[-1] == [LETTER.to]
    assert box.senders[-1] == "assises@ville.example"


def test_who_subscribed_can_end_it_with_one_click(box: Box):
    """The fields that RFC 8058 asks for, whole, however long the address."""
    place = "https://ville.example/inbox/unsubscribe/" + "a" * 300
    send(account_of(box), replace(LETTER, unsubscribe=place, thread="01JD-4"), NOW)
    letter = box.letters[-1]
    assert "".join(letter["List-Unsubscribe"].split()) == f"<{place}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["References"] == "<01JD-4@ville.example>"


HOSTILE = st.one_of(
    st.text(),
    st.sampled_from([
        "a\r\nBcc: evil@evil.example", "a\nBcc: evil@evil.example\n\nbody", "a\u2028Bcc: x", "a\u0085Bcc: x", "a\rBcc: x",
        "\r\n\r\n<script>", "=?utf-8?q?a=0ABcc:_x@evil.example?=", "\u202eelpmaxe", '"; evil@evil.example', "a\0b", "\udcff", "é" * 500,
        "a>, <evil@evil.example", "x" * 2000, "\t", "=?utf-8?b?" + "A" * 200 + "?=",
    ]),
)  # fmt: skip


@given(subject=HOSTILE, name=HOSTILE, text=HOSTILE, thread=HOSTILE, sender=HOSTILE)
def test_nothing_adds_a_field_or_a_recipient(subject: str, name: str, text: str, thread: str, sender: str):
    """Whatever is typed: the header's fields are ours, and the letter goes to one person."""
    environ = {"ASSISES_SMTP": "smtp://localhost", "ASSISES_MAIL_FROM": f"{sender} <assises@ville.example>"}
    account = Account.from_environment(environ)
    letter = Letter(LETTER.to, subject, text, name=name, thread=thread)
    data = composed(letter, account, NOW).as_bytes()
    found = message_from_bytes(data, policy=SMTP)
    assert set(found.keys()) == FIELDS | ({"References"} if thread else set())
    assert len(found.keys()) == len(set(found.keys()))
    assert [each.addr_spec for each in found["To"].addresses] == [LETTER.to]
    assert [each.addr_spec for each in found["From"].addresses] == ["assises@ville.example"]
    assert not found.is_multipart()
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert "\u202e" not in str(found["Subject"]) + str(found["To"])


@pytest.mark.parametrize(
    "address",
    [
        "", "anne", "anne@", "@ville.example", "anne@ville..example", "anne @ville.example", "anne@ville.example\n",
        "anne@ville.example\r\nBcc: evil@evil.example", "anne@ville.example, evil@evil.example", "<anne@ville.example>",
        '"a b"@ville.example', "anne@-ville.example", "a" * 65 + "@ville.example", "a@" + "b" * 64 + ".example",
        "a@" + ".".join(["b" * 60] * 5), "anné@ville.example", "anne@ville.example>", "anne@[127.0.0.1]", "a\0@b.example",
        "anne@ville.example\u2028", "anne@" + "é" * 100_000, "a.@b.example", ".a@b.example", "anne@\udcff",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(box: Box, address: str):
    """Also where it hides a second recipient, a field or an empty name; and none of it reaches the server."""
    assert not is_address(address)
    before = len(box.letters)
    with pytest.raises(MailError) as refused:
        send(account_of(box), replace(LETTER, to=address), NOW)
    assert not refused.value.passing
    assert len(box.letters) == before


def test_a_domain_with_accents_is_written_in_ascii():
    """RFC 5891: so any server takes it."""
    assert checked("anne@mairie-évry.example") == "anne@xn--mairie-vry-h7a.example"
    assert is_address("anne+moderation@localhost")


def test_one_refused_letter_holds_up_no_other(box: Box):
    """The server's own words are told, and whether it may go well another time."""
    box.refused |= {"gone@ville.example": "550 No such user", "full@ville.example": "452 Mailbox\x07 full"}
    letters = [replace(LETTER, to=f"{name}@ville.example") for name in ("gone", "anne", "full", "lou")]
    letters.insert(1, replace(LETTER, to="no address"))
    before = len(box.to)
    left = deliver(account_of(box), letters, NOW)
    assert box.to[before:] == [["anne@ville.example"], ["lou@ville.example"]]
    assert [(each.letter.to, each.error.passing) for each in left] == [
        ("gone@ville.example", False), ("no address", False), ("full@ville.example", True),
    ]  # fmt: skip
    assert str(left[0].error) == "550 No such user"
    assert deliver(account_of(box), [], NOW) == ()


def test_a_server_that_does_not_answer_leaves_every_letter():
    """Nobody listens, or somebody hangs up: all that was not taken is told, as passing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
    environ = {"ASSISES_SMTP": f"smtp://127.0.0.1:{port}", "ASSISES_MAIL_FROM": "a@b.example"}
    left = deliver(Account.from_environment(environ), [LETTER, LETTER], NOW)
    assert [each.error.passing for each in left] == [True, True]


# The server does not know that its port is secret from the start.
@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize("implicit", [False, True])
def test_the_way_to_the_server_is_secret(tmp_path, implicit: bool):
    """TLS from the start or after STARTTLS, the certificate checked, and only then the password."""
    certificate = certificate_in(tmp_path)
    with mail_server(certificate, implicit=implicit) as box:
        secret = {"ASSISES_SMTP_PASSWORD": PASSWORD}
        trusted = secret | {"ASSISES_SMTP_CA": str(tmp_path / "certificate.pem")}
        with pytest.raises(MailError, match=r"(?i)certificate"):
            send(account_of(box, **secret), LETTER, NOW)
        with pytest.raises(MailError, match="535") as refused:
            send(account_of(box, **trusted | {"ASSISES_SMTP_PASSWORD": "wrong"}), LETTER, NOW)
        assert not refused.value.passing
        assert box.letters == []
        send(account_of(box, **trusted), LETTER, NOW)
        assert [str(letter["Subject"]) for letter in box.letters] == [LETTER.subject]
        assert box.users == ["anne@ville.example"]


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"ASSISES_SMTP": "http://localhost"}, "begins with smtp://"),
        ({"ASSISES_SMTP": "smtp://localhost:99999"}, "begins with smtp://"),
        ({"ASSISES_SMTP": "smtp://"}, "names no server"),
        ({"ASSISES_SMTP": "smtps://anne:secret@ville.example"}, "ASSISES_SMTP_PASSWORD"),
        ({"ASSISES_SMTP": "smtp://anne@ville.example"}, "in clear"),
        ({"ASSISES_MAIL_FROM": "nobody"}, "no mail address"),
        ({"ASSISES_MAIL_FROM": "A <a@b.example>, B <b@b.example\r\nBcc: c@c.example>"}, "no mail address"),
    ],
)
def test_an_environment_that_cannot_be_used_is_told(environ: dict[str, str], why: str):
    """At the start, and never with the password."""
    whole = {"ASSISES_SMTP": "smtp://localhost", "ASSISES_MAIL_FROM": "a@b.example"}
    with pytest.raises(MailError, match=why) as refused:
        Account.from_environment(whole | environ)
    assert "secret" not in str(refused.value)
    assert Account.from_environment({}) is None
    assert "hush" not in repr(Account.from_environment(whole | {"ASSISES_SMTP_PASSWORD": "hush"}))


def test_what_is_cut_stays_readable():
    """A subject is one line of a bearable length."""
    assert one_line("a\r\n  b\u202e\u2028c") == "a b c"
    assert len(one_line("é" * 1000)) == 200
