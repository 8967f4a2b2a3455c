"""Hostile strings of every kind: links, markup, templates, paths, signs, and what is slow to read as Markdown."""

from __future__ import annotations

LINKS = [
    "[x](JaVa&Tab;script:alert(1))", "[x](java\tscript:alert(1))", "[x](javascript&colon;alert(1))", "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:msgbox(1))", "<javascript:alert(1)>", "[x](//evil.example)", "[x](\\\\evil.example)",
    "[x][1]\n\n[1]: javascript:alert(1)", "[x]: data:text/html,<script>alert(1)</script>\n\n[x]", "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)", '[x](https://evil.example/ "onmouseover=alert(1)")', '[x](<https://e.example/" onclick=alert(1)>)',
    "[x](file:///etc/passwd)", "[<img src=x onerror=alert(1)>](https://e.example)", '<https://e.example/?a="><script>alert(1)</script>>',
]  # fmt: skip
MARKUP = [
    "<script>alert(1)</script>", "<ScRiPt/src=//evil.example>", "<img src=x onerror=alert(1)>", '"onmouseover="alert(1)', "' autofocus onfocus=alert(1) '",
    "</textarea><svg onload=alert(1)>", "</title><script>alert(1)</script>", "]]><script>alert(1)</script>", "<!--><script>alert(1)</script>-->",
    "<iframe srcdoc='<script>alert(1)</script>'>", "<style>@import 'https://evil.example'</style>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0>",
    '<a href="javascript:alert(1)">x</a>', "```\n</code></pre><script>alert(1)</script>\n```", "&lt;script&gt;alert(1)&lt;/script&gt;", "<form action=//evil.example>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", "\u2028alert(1)\u2029", "<x contenteditable onblur=alert(1)>", '{"@type":"x</script><script>alert(1)//"}',
]  # fmt: skip
TEMPLATES = [
    "{{7*7}}",
    "{% raw %}",
    "{{main}}",
    "{{title}}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "$&",
    "$1",
    "%s%n%x",
    "{0}{length}",
    "---\ntitle: x\n---",
    "- &x *x",
    "\\n\\r",
]
PATHS = [
    "../../.github/workflows/x", "..\\..\\x", ".git", ".GIT", "git~1", ".git/hooks/post-update", "/etc/passwd", "C:\\x", "CON", "aux.json", "x.", "x ", "nul\0x", "a" * 300,
    "é", "e\u0301", "refs/heads/main", "pending/2017-11/AA", "%2e%2e%2f", "....//", "~root", "-rf", "--upload-pack=x", "|id", ";id", "`id`", "$(id)",
]  # fmt: skip
SIGNS = [
    "a\r\nBcc: x@evil.example", "a\nSet-Cookie: a=b", "\u0085", "\u202eevil", "\u2066x\u2069", "\ufeff", "\u200b" * 50, "Z\u0335\u034e\u0308\u0301a\u0337l\u0336g\u0335o\u0338" + "\u0335" * 500, "\U000e0041\U000e0042", "\x00\x01\x1b[31m\x7f",
    "𝕏" * 50, "﷽" * 50, "\ufdd0\uffff\U0010ffff", "\uffa0", "\u061c", "🏳\ufe0f\u200d🌈" * 20,
]  # fmt: skip
SLOW = [
    "![" * 2500,
    "[" * 5000,
    "(" * 5000,
    "*" * 5000,
    "_a" * 2500,
    "`" * 5000,
    "> " * 2500,
    "- " * 2500,
    "<" * 5000,
    "&" * 5000,
    "\\" * 5000,
    "|a" * 2500,
    "[a](" * 1250,
    "[^a]" * 1250,
    "a@b." * 1250,
]
ALL = [*LINKS, *MARKUP, *TEMPLATES, *PATHS, *SIGNS, *SLOW]
