(function () {
"use strict";
var form = document.querySelector("form.search");
if (!form || !window.Promise || !window.URLSearchParams) return;
var told = form.querySelector(".told"), list = form.querySelector(".found"), more = form.querySelector("[type=button]");
var words = form.elements.words, said = form.dataset, step = 10, engine, turn = 0;
var load = function () {
engine = engine || import(said.index + "pagefind.js").then(function (found) {
return Promise.resolve(found.options({ baseUrl: said.base, noWorker: true })).then(function () { return found; });
});
return engine;
};
var entry = function (page) {
var item = document.createElement("li"), link = document.createElement("a"), kind = document.createElement("span"), text = document.createElement("p");
link.href = page.url;
link.textContent = page.meta.title;
kind.className = "kind";
kind.textContent = page.meta.kind || "";
text.innerHTML = page.excerpt;
item.appendChild(kind);
item.appendChild(link);
item.appendChild(text);
return item;
};
var show = function (results, from, focus) {
return Promise.all(results.slice(from, from + step).map(function (one) { return one.data(); })).then(function (pages) {
var items = pages.map(entry);
items.forEach(function (item) { list.appendChild(item); });
more.hidden = results.length <= from + step;
more.onclick = function () { show(results, from + step, true); };
if (focus && items[0]) items[0].querySelector("a").focus();
});
};
var search = function (asked) {
var mine = turn += 1;
list.textContent = "";
more.hidden = true;
told.textContent = asked ? said.searching : "";
if (!asked) return;
load().then(function (found) { return found.search(asked); }).then(function (found) {
if (mine !== turn) return;
var count = found.results.length;
var sentence = count === 0 ? said.none : count === 1 ? said.one : said.many;
return show(found.results, 0).then(function () {
told.textContent = sentence.replace("{count}", count.toLocaleString(document.documentElement.lang)).replace("{words}", function () { return asked; });
});
}).catch(function () {
engine = null;
if (mine === turn) told.textContent = said.failed;
});
};
var begin = function () {
words.value = new URLSearchParams(location.search).get("words") || "";
search(words.value.trim());
};
form.addEventListener("submit", function (event) {
event.preventDefault();
var asked = words.value.trim();
history.pushState(null, "", asked ? "?words=" + encodeURIComponent(asked) : location.pathname);
search(asked);
});
window.addEventListener("popstate", begin);
form.hidden = false;
form.parentNode.querySelector(".notice").hidden = true;
begin();
})();
