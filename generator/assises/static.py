"""Built pages over HTTP, as a host of static files serves them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from assises.headers import cache_control, content_type

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass(slots=True)
class Pages:
    """The built pages as a WSGI application, replaced whole at each build."""

    root: str = "/"
    outputs: Mapping[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    dress: Callable[[], Callable[[str, bytes], bytes]] | None = None
    """Gives, before a page is read, what the preview adds to it: a function of its path in the output."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with a file, a redirect to it, or the site's own 404 page."""
        request = Request(environ)
        response = self._answer(request.path)
        response.headers.extend(self.headers)
        return response.make_conditional(request)(environ, start_response)

    def _answer(self, path: str) -> Response:
        if not path.startswith(self.root):
            return redirect(self.root) if path == "/" else self._file("404.html", 404)
        name = path.removeprefix(self.root)
        if name and not name.endswith("/") and f"{name}/index.html" in self.outputs:
            return redirect(f"{path}/", 301)
        name = f"{name}index.html" if not name or name.endswith("/") else name
        return self._file(name, 200) if name in self.outputs else self._file("404.html", 404)

    def _file(self, name: str, status: int) -> Response:
        suffix = PurePosixPath(name).suffix
        dressed = self.dress() if self.dress and suffix == ".html" else None
        data = self.outputs.get(name, b"")
        if dressed:
            data = dressed(name, data)
        response = Response(data, status, content_type=content_type(name))
        response.headers["Cache-Control"] = cache_control(name)
        response.add_etag()
        return response
