"""What nginx, Caddy and Apache are told of the pages, served by them."""

from __future__ import annotations

import getpass
import gzip
import http.client
import os
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from assises import build
from assises.deploy import server as servers
from assises.deploy.along import going_along
from assises.deploy.folder import Folder
from assises.deploy.plan import MANIFEST, Published
from assises.deploy.publish import Terms, publish
from assises.deploy.server import HSTS
from assises.headers import FRESH, IMMUTABLE, page_headers
from conftest import require
from places import free_port, wait_for
from served import copy_of

NOW = datetime(2026, 11, 25, tzinfo=UTC)
MODULES = Path("/usr/lib/nginx/modules")


@pytest.fixture(scope="module", params=["/", "/ville/assises/"])
def pages(request, tmp_path_factory):
    """A built site, compressed files among it, at the root of a host and below a path; and what it was built from."""
    folder = tmp_path_factory.mktemp("pages")
    root = copy_of("complete", folder)
    settings = (root / "site.yaml").read_text(encoding="utf-8")
    (root / "site.yaml").write_text(
        f"{settings}\ndeploy:\n  compress: true\n  server: apache\n", encoding="utf-8"
    )
    news = root / "content/pages/old-address.md"
    news.parent.mkdir(exist_ok=True)
    news.write_text(
        "---\ntitle: Nouvelle adresse\naliases: [/ancienne-adresse/]\n---\n\nBonjour.\n", encoding="utf-8"
    )
    loaded, outputs = build.build(root, None, f"https://assises.example{request.param}")
    whole = going_along(outputs, loaded.site, loaded.addresses, preview=False)
    whole[MANIFEST] = Published().to_bytes()
    for path, data in whole.items():
        place = folder / "www" / request.param.strip("/") / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder / "www", loaded, whole


@contextmanager
def running(folder, port, *command, environment=None):
    """Run a server until the block ends."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            for _ in range(5):
                time.sleep(0.05)
                assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
            wait_for(port)
            yield
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def nginx(folder, www, loaded):
    """nginx, with the lines in a server block."""
    port, program = free_port(), require("nginx")[0]
    text = servers.nginx(loaded.site, loaded.addresses).replace("# brotli_static", "brotli_static")
    (folder / "pages.conf").write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(
        f"load_module {MODULES}/ngx_http_brotli_static_module.so;\n"
        f"user {getpass.getuser()}; daemon off; pid {folder}/nginx.pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; server {{ listen 127.0.0.1:{port};\n"
        f"root {www}; include {folder}/pages.conf; }} }}\n",
        encoding="utf-8",
    )
    with running(folder, port, program, "-c", str(folder / "nginx.conf"), "-p", str(folder)):
        yield port


@contextmanager
def caddy(folder, www, loaded):
    """Caddy, with the lines in a site block."""
    port, program = free_port(), require("caddy")[0]
    (folder / "pages").write_text(servers.caddy(loaded.site, loaded.addresses), encoding="utf-8")
    (folder / "Caddyfile").write_text(
        f"{{\n\tadmin off\n}}\nhttp://:{port} {{\n\tbind 127.0.0.1\n\troot * {www}\n\timport {folder}/pages\n}}\n",
        encoding="utf-8",
    )
    home = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with running(folder, port, program, "run", "--config", "Caddyfile", environment=home):
        yield port


@contextmanager
def apache(folder, www, _loaded):
    """Apache, which finds its .htaccess among the pages."""
    port, program = free_port(), require("apache")[0]
    modules = ("mpm_event", "authz_core", "dir", "mime", "headers", "rewrite", "alias", "setenvif")
    loads = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules)
    (folder / "apache.conf").write_text(
        f"{loads}\nServerRoot {folder}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
        f"ErrorLog {folder}/errors\nDocumentRoot {www}\nTypesConfig /etc/mime.types\n"
        f"<Directory {www}>\nAllowOverride All\nRequire all granted\n</Directory>\n",
        encoding="utf-8",
    )
    with running(folder, port, program, "-X", "-f", str(folder / "apache.conf")):
        yield port


@pytest.fixture(scope="module", params=[nginx, caddy, apache])
def served(request, pages, tmp_path_factory):
    """Call it for an answer of the server: status, headers, body."""
    www, loaded, outputs = pages
    with request.param(tmp_path_factory.mktemp("server"), www, loaded) as port:

        def get(path, **headers):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            try:
                connection.request(
                    "GET", loaded.addresses.root + path, headers={"Host": "assises.example", **headers}
                )
                answer = connection.getresponse()
                body = answer.read()
                return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body
            finally:
                connection.close()

        yield get, loaded, outputs


def asset_of(outputs, suffix):
    """Return the path of an asset that has a compressed form."""
    return next(
        path
        for path in outputs
        if path.startswith("assets/") and path.endswith(suffix) and f"{path}.br" in outputs
    )


def test_pages_have_their_headers_and_are_asked_for_anew(served):
    """Policy, TLS from now on, and no copy that is not asked after."""
    get, loaded, outputs = served
    for path in ("", "index.html", "forms.json", "404.html", "nothing/here"):
        status, headers, _body = get(path)
        assert status == (404 if "nothing" in path else 200), path
        for name, value in {**page_headers(loaded.addresses), "Strict-Transport-Security": HSTS}.items():
            assert headers[name.lower()] == value, (path, name)
        assert headers["cache-control"] == FRESH
    assert get("")[2] == outputs["index.html"]
    assert get("nothing/here")[2] == outputs["404.html"]


def test_assets_are_kept_for_ever(served):
    """A year, without asking; with the pages' headers too."""
    get, loaded, outputs = served
    path = asset_of(outputs, ".css")
    status, headers, body = get(path)
    assert (status, body) == (200, outputs[path])
    assert headers["cache-control"] == IMMUTABLE
    for name, value in page_headers(loaded.addresses).items():
        assert headers[name.lower()] == value


@pytest.mark.parametrize(("coding", "decoded"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_texts_come_compressed_to_whoever_takes_them(served, coding, decoded):
    """Page, style and data, as they were compressed beforehand, under the type of the text itself."""
    get, _loaded, outputs = served
    css, page = (
        asset_of(outputs, ".css"),
        next(path for path in outputs if path.endswith("/index.html") and f"{path}.br" in outputs),
    )
    kinds = {
        css: "text/css",
        page: "text/html",
        page.removesuffix("index.html"): "text/html",
        "forms.json": "application/json",
    }
    for path, kind in kinds.items():
        status, headers, body = get(path, **{"Accept-Encoding": coding})
        name = f"{path}index.html" if path.endswith("/") else path
        assert (status, headers["content-encoding"]) == (200, coding), path
        assert decoded(body) == outputs[name]
        assert headers["content-type"].startswith(kind), path
        assert headers["content-type"].lower().replace(" ", "") in {kind, f"{kind};charset=utf-8"}
    assert get(page)[1].get("content-encoding") is None


def test_files_have_their_types(served):
    """Those that systems do not agree on."""
    get, _loaded, outputs = served
    for suffix, kind in {
        ".xml": "application/xml",
        ".ics": "text/calendar",
        ".svg": "image/svg+xml",
        ".jsonl": "application/jsonl",
    }.items():
        path = next(path for path in outputs if path.endswith(suffix))
        headers = get(path)[1]
        assert headers["content-type"].partition(";")[0] == kind
        if suffix != ".svg":
            assert "charset=utf-8" in headers["content-type"].lower()


def test_former_addresses_lead_to_the_new_ones(served):
    """For good."""
    get, loaded, _outputs = served
    status, headers, _ = get("ancienne-adresse/")
    assert status == 301
    assert headers["location"].endswith(f"{loaded.addresses.root}old-address/")


def test_what_is_not_for_visitors_is_not_shown(served):
    """The manifest of deployments, a lock, the server's own file."""
    get, _loaded, _outputs = served
    for path in (MANIFEST, ".assises-lock/note"):
        assert get(path)[0] in {403, 404}, path
    assert get("assets/")[0] in {403, 404}


def test_hosts_of_static_pages_are_told_by_two_files(pages):
    """`_headers` and `_redirects`, below the site's own path; a preview is kept out of search by every server."""
    _www, loaded, _outputs = pages
    site, addresses = loaded.site, loaded.addresses
    files = servers.static_host(site, addresses)
    blocks = dict(re.findall(r"(?m)^(/\S*)\n((?:  .+\n)+)", files["_headers"]))
    assert list(blocks) == [f"{addresses.root}*", f"{addresses.root}assets/*"]
    for name, value in page_headers(addresses).items():
        assert f"  {name}: {value}\n" in blocks[f"{addresses.root}*"]
    assert blocks[f"{addresses.root}assets/*"].endswith(f"  ! Cache-Control\n  Cache-Control: {IMMUTABLE}\n")
    moved = f"{addresses.root}ancienne-adresse/ {addresses.root}old-address/ 301"
    assert moved in files["_redirects"].splitlines()
    told = [servers.static_host(site, addresses, hidden=True)["_headers"]]
    told += [each(site, addresses, hidden=True) for each in (servers.nginx, servers.caddy, servers.apache)]
    assert all("noindex, nofollow" in text for text in told)
    assert "noindex" not in files["_headers"]


def test_visitors_never_miss_a_style_while_pages_are_deployed(tmp_path):
    """Nginx serves a folder; while two versions are deployed over each other, somebody reads without a pause."""
    port, program = free_port(), require("nginx")[0]
    (tmp_path / "nginx.conf").write_text(
        f"user {getpass.getuser()}; daemon off; pid {tmp_path}/pid; error_log {tmp_path}/errors; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {tmp_path}/body; server {{ listen 127.0.0.1:{port};\n"
        f"root {tmp_path}/www; index index.html; }} }}\n",
        encoding="utf-8",
    )
    versions = [
        {f"assets/style.{look}.css": b"a{}", "index.html": f'<link href="/assets/style.{look}.css">'.encode()}
        for look in ("0a", "1b", "2c")
    ]
    target = Folder(tmp_path / "www")
    publish(target, versions[0], NOW, Terms("me"))
    missed, read, over = [], [], threading.Event()

    def visit():
        while not over.is_set():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as page:
                asset = re.search(rb'href="([^"]+)"', page.read())[1].decode()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{asset}", timeout=20) as style:
                    read.append((asset, style.status))
            except urllib.error.HTTPError as error:
                error.close()
                missed.append(asset)

    with running(tmp_path, port, program, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)):
        visitor = threading.Thread(target=visit)
        visitor.start()
        for number in range(1, 60):
            publish(target, versions[number % 3], NOW, Terms("me"))
        over.set()
        visitor.join()
    assert missed == []
    assert len({asset for asset, _status in read}) == 3
