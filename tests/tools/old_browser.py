"""Read and post with Chromium 69, the oldest browser that can still be installed (PyQtWebEngine 5.12).

Run by `make audit` in an environment of its own: ``python old_browser.py URL TOPIC FOLDER`` prints what it found as
JSON, and saves what it saw to the folder.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ |= {"QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1", "LANGUAGE": "fr"}
os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = "--no-sandbox --disable-gpu"

from PyQt5.QtCore import QEventLoop, QTimer, QUrl  # type: ignore[import-not-found]
from PyQt5.QtWebEngineWidgets import QWebEngineView  # type: ignore[import-not-found]
from PyQt5.QtWidgets import QApplication  # type: ignore[import-not-found]

LAYOUT = """(() => {
    document.querySelectorAll(".menu-switch").forEach(menu => { menu.open = true; });
    const wide = document.documentElement.clientWidth, box = selector => {
        const found = document.querySelector(selector);
        return found ? found.getBoundingClientRect() : null;
    };
    const hidden = Array.from(document.querySelectorAll("h1, h2, p, a, label")).filter(element => {
        const style = getComputedStyle(element), place = element.getBoundingClientRect();
        return !element.closest(".visually-hidden, .skip-link, .trap, [hidden]") && element.textContent.trim()
            && (style.visibility === "hidden" || !place.width || place.left < -1 || place.right > wide + 1);
    });
    return {
        agent: navigator.userAgent, title: document.title, sideways: document.documentElement.scrollWidth > wide,
        styled: getComputedStyle(document.body).margin === "0px", hidden: hidden.map(e => e.outerHTML.slice(0, 120)),
        h1: document.querySelector("h1") ? document.querySelector("h1").textContent : "",
    };
})()"""


class Reader:
    """One window, a phone's width."""

    def __init__(self, folder: Path) -> None:
        self.view = QWebEngineView()
        self.view.resize(375, 812)
        self.view.show()
        self.folder = folder

    def load(self, url: str) -> None:
        """Open a page and wait until it is there."""
        self._loaded(lambda: self.view.load(QUrl(url)))

    def press(self, script: str) -> None:
        """Do what leads to another page, and wait until that is there."""
        self._loaded(lambda: self.view.page().runJavaScript(script))

    def ask(self, script: str) -> Any:
        """Return what a script gives."""
        loop, found = QEventLoop(), list[Any]()
        self.view.page().runJavaScript(script, lambda value: (found.append(value), loop.quit()))
        QTimer.singleShot(15_000, loop.quit)
        loop.exec_()
        return found[0] if found else None

    def until(self, script: str) -> Any:
        """Return what a script gives once that is true; None after ten seconds."""
        for _ in range(100):
            if value := self.ask(script):
                return value
            loop = QEventLoop()
            QTimer.singleShot(100, loop.quit)
            loop.exec_()
        return None

    def save(self, name: str) -> None:
        """Keep what is seen."""
        loop = QEventLoop()
        QTimer.singleShot(500, loop.quit)
        loop.exec_()
        self.view.grab().save(str(self.folder / f"{name}.png"))

    def _loaded(self, act: Any) -> None:
        loop = QEventLoop()
        self.view.loadFinished.connect(loop.quit)
        QTimer.singleShot(20_000, loop.quit)
        act()
        loop.exec_()
        self.view.loadFinished.disconnect(loop.quit)


def main() -> None:
    """Look at the pages, then contribute, with the page's script and without."""
    url, folder = sys.argv[1], Path(sys.argv[3])
    topic, paths = sys.argv[2], sys.argv[4:]
    _application = QApplication(sys.argv[:1])
    reader, found = Reader(folder), dict[str, Any]()
    found["pages"] = {}
    for path in paths:
        reader.load(url + path)
        found["pages"][path] = reader.ask(LAYOUT)
        reader.save(path.strip("/").replace("/", "-") or "home")
    reader.load(url + topic)
    reader.ask("document.querySelector('#contribution-text').value = 'Dit avec un vieux navigateur.'")
    reader.ask("document.querySelector('.contribution-form button').click()")
    check = "document.querySelector('.intake, .contribute') && /Pas encore envoyé/.test(document.body.textContent)"
    found["checked"] = reader.until(check)
    reader.save("check")
    reader.ask(
        "Array.from(document.querySelectorAll('button')).find(b => /Confirmer/.test(b.textContent)).click()"
    )
    found["number"] = reader.until("(document.querySelector('.number') || {}).textContent")
    reader.save("receipt")
    print(json.dumps(found), flush=True)
    # Qt of that age falls over its own page while it is put away: everything is said by then.
    os._exit(0)


if __name__ == "__main__":
    main()
