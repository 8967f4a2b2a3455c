"""A resident's browser without script, as a program of its own: posts to an intake, prints the receipts.

    python resident.py PORT NAME COUNT

It starts when a line comes in. Each contribution is checked, then confirmed twice, as a double click does.
"""

from __future__ import annotations

import http.client
import re
import sys
from html import unescape
from urllib.parse import urlencode

TYPE = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "null"}


def post(connection: http.client.HTTPConnection, fields: dict[str, str]) -> tuple[int, str, str]:
    """Return status, page and address of the answer."""
    connection.request("POST", "/contributions", urlencode(fields), TYPE)
    with connection.getresponse() as answer:
        return answer.status, answer.read().decode(), answer.headers.get("Location", "")


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's first form."""
    form = page[page.index("<form") : page.index("</form>")]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in found}


def main(port: str, name: str, count: str) -> None:
    """Post, and print the address of each receipt."""
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=120)
    sys.stdin.readline()
    for number in range(int(count)):
        typed = {"form": "topics/housing:comment", "language": "fr", "text": f"{name} {number} « é »"}
        status, page, _ = post(connection, typed)
        assert status == 200, (status, page)
        confirmed = typed | hidden(page) | {"confirm": "1"}
        answers = [post(connection, confirmed) for _ in range(2)]
        assert [status for status, _, _ in answers] == [303, 303], answers
        assert answers[0][2] == answers[1][2], answers
        sys.stdout.write(f"{answers[0][2]}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
