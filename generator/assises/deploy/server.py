"""What web servers are told of the pages, each in its own words: headers, caching, compressed files, redirects.

The headers themselves come from `assises.headers`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from assises.addresses import Addresses, escaped
from assises.headers import FRESH, IMMUTABLE, TYPES, page_headers
from assises.site import Site, address

HSTS = "max-age=31536000"
"""A year of TLS only (RFC 6797); subdomains are the town's, which alone can tell."""

_HIDDEN = {"X-Robots-Tag": "noindex, nofollow"}
_NAMED = frozenset({".html", ".xml", ".jsonl", ".vtt", ".avif", ".webp", ".ics"})
"""Types that servers do not know, or serve without their encoding."""


def server_headers(site: Site, addresses: Addresses, *, hidden: bool = False) -> dict[str, str]:
    """Return the headers of every answer."""
    headers = dict(page_headers(addresses, search=site.settings.search))
    if addresses.base.startswith("https:"):
        headers["Strict-Transport-Security"] = HSTS
    return headers | (_HIDDEN if hidden else {})


def redirects(site: Site, addresses: Addresses) -> Iterator[tuple[str, str]]:
    """Yield each former address, and the one that the page has now: paths from the host's root."""
    for page in site.content.pages:
        for alias in page.aliases:
            former = addresses.path("/" + alias.removeprefix("/"))
            yield former, addresses.path(address(page, site.language))


def static_host(site: Site, addresses: Addresses, *, hidden: bool = False) -> dict[str, str]:
    """Return ``_headers`` and ``_redirects``, as Netlify, Cloudflare Pages and others read them."""
    lines = [
        f"{addresses.root}*",
        *(f"  {name}: {value}" for name, value in server_headers(site, addresses, hidden=hidden).items()),
    ]
    lines += [f"  Cache-Control: {FRESH}", f"{addresses.root}assets/*"]
    # What holds for all stands in the way of what holds for some: it is taken away first.
    lines += ["  ! Cache-Control", f"  Cache-Control: {IMMUTABLE}"]
    moved = [f"{_plain(former)} {_plain(now)} 301" for former, now in redirects(site, addresses)]
    return {"_headers": "\n".join([*lines, ""]), "_redirects": "\n".join([*moved, ""])}


def apache(site: Site, addresses: Addresses, *, hidden: bool = False) -> str:
    """Return a ``.htaccess``: it needs mod_headers, and uses mod_rewrite where it is there."""
    root = addresses.root
    types = "\n".join(f'  AddType "{_type(suffix)}" {suffix}' for suffix in sorted(_NAMED))
    headers = "\n".join(
        f'  Header always set {name} "{value}"'
        for name, value in server_headers(site, addresses, hidden=hidden).items()
    )
    moved = "\n".join(
        f'RedirectMatch 301 "^{re.escape(former.rstrip("/"))}/?$" "{_plain(now)}"'
        for former, now in redirects(site, addresses)
    )
    return f"""# Written by assises deploy. What is changed here is lost at the next one.
AddDefaultCharset utf-8
DirectoryIndex index.html
<IfModule mod_autoindex.c>
  IndexIgnore *
</IfModule>
ErrorDocument 404 {root}404.html
<IfModule mod_mime.c>
{types}
  AddEncoding gzip .gz
  AddEncoding br .br
</IfModule>
<IfModule mod_headers.c>
{headers}
  Header set Cache-Control "{FRESH}"
  <If "%{{REQUEST_URI}} =~ m#^{re.escape(root)}assets/#">
    Header set Cache-Control "{IMMUTABLE}"
  </If>
</IfModule>
RedirectMatch 404 "/\\.assises"
<IfModule mod_rewrite.c>
  RewriteEngine On
{_apache_encoding("br", "br")}
{_apache_encoding("gzip", "gz")}
</IfModule>
{moved}
"""


def _apache_encoding(name: str, suffix: str) -> str:
    """Return the rules that send a text's compressed form to whoever takes it."""
    kinds = "".join(
        f'\n  RewriteRule "\\.{kind[1:]}\\.{suffix}$" - [T={_type(kind).replace("; ", ";")},E=no-gzip:1,E=no-brotli:1]'
        for kind in sorted(TYPES)
        if kind not in {".avif", ".webp"}
    )
    return f"""  RewriteCond %{{HTTP:Accept-Encoding}} \\b{name}\\b
  RewriteCond %{{REQUEST_FILENAME}} -d
  RewriteCond %{{REQUEST_FILENAME}}/index.html.{suffix} -f
  RewriteRule "^(.*?)/?$" "$1/index.html.{suffix}" [L]
  RewriteCond %{{HTTP:Accept-Encoding}} \\b{name}\\b
  RewriteCond %{{REQUEST_FILENAME}}.{suffix} -f
  RewriteRule "^(.+)$" "$1.{suffix}" [L]{kinds}"""


def nginx(site: Site, addresses: Addresses, *, hidden: bool = False) -> str:
    """Return lines for a ``server`` block of nginx, in which ``root`` says where the pages lie."""
    headers = _lines(
        server_headers(site, addresses, hidden=hidden),
        lambda name, value: f'add_header {name} "{value}" always;',
    )
    root = addresses.root
    types = "\n".join(f"    {_type(suffix).partition(';')[0]} {suffix[1:]};" for suffix in sorted(TYPES))
    moved = "\n".join(
        f'location = "{former}" {{ return 301 "{_plain(now)}"; }}'
        for former, now in redirects(site, addresses)
    )
    return f"""# Written by assises server nginx. Include it in the site's server block.
index index.html;
charset utf-8;
charset_types text/css text/javascript text/plain text/calendar text/vtt application/xml application/jsonl;
types {{
{types}
    image/png png;
    image/jpeg jpg jpeg;
    font/woff2 woff2;
    application/pdf pdf;
}}
gzip_static on;
# brotli_static on;  # with the module of that name
error_page 404 {root}404.html;
{headers}
add_header Cache-Control "{FRESH}" always;
location {root}assets/ {{
{_lines(server_headers(site, addresses, hidden=hidden), lambda name, value: f'    add_header {name} "{value}" always;')}
    add_header Cache-Control "{IMMUTABLE}";
}}
location ~ /\\.assises {{ return 404; }}
{moved}
"""


def caddy(site: Site, addresses: Addresses, *, hidden: bool = False, beside: tuple[str, ...] = ()) -> str:
    """Return lines for a site block of Caddy, in which ``root`` says where the pages lie.

    `beside` are paths such as ``/inbox/*`` that programs answer, with headers of their own.
    """
    headers = _lines(
        server_headers(site, addresses, hidden=hidden), lambda name, value: f'\t{name} "{value}"'
    )
    within = "\n".join(f"\t{line}" for line in headers.splitlines())
    root = addresses.root
    types = "\n".join(
        f'@type_{suffix[1:]} path *{suffix}\nheader @type_{suffix[1:]} Content-Type "{kind}"'
        for suffix, kind in sorted(TYPES.items())
        if suffix in _NAMED - {".html"}
    )
    moved = "\n".join(
        f'redir "{former}" "{_plain(now)}" permanent' for former, now in redirects(site, addresses)
    )
    theirs = "".join(f" {path}" for path in beside)
    own = "@own " if theirs else ""
    among = f"not path{theirs}\n" if theirs else ""
    of_site, of_errors = (f"@{name} {among}" if among else "" for name in ("own", "failed"))
    failed = "@failed " if theirs else ""
    return f"""# Written by assises server caddy. Import it in the site's block.
{of_site}header {own}{{
{headers}
\t-Server
}}
@assets path {root}assets/*
header @assets Cache-Control "{IMMUTABLE}"
@pages not path {root}assets/*{theirs}
header @pages Cache-Control "{FRESH}"
{types}
@hidden path */.assises*
error @hidden 404
handle_errors {{
{of_errors}\theader {failed}{{
{within}
\t\tCache-Control "{FRESH}"
\t}}
\trewrite {failed or "* "}{root}404.html
\tfile_server{failed and " @failed"}
}}
{moved}
file_server {{
\tprecompressed br gzip
}}
"""


def _lines(values: Mapping[str, str], line: Callable[[str, str], str]) -> str:
    return "\n".join(line(name, value) for name, value in values.items())


def _type(suffix: str) -> str:
    return TYPES[suffix]


def _plain(address: str) -> str:
    return escaped(address)
