(function () {
"use strict";
if (!window.fetch || !document.querySelector(":root").closest) return;
var doc = document;
var each = function (within, selector, act) {
Array.prototype.forEach.call(within.querySelectorAll(selector), act);
};
var STATES = ["to-come", "under-way", "over"], lead = 0;
var written = function (part) {
var text = part.querySelector("textarea");
return (text && text.value) || part.querySelector("form :checked");
};
var tell = function (dry) {
var now = Date.now() + lead, due = false;
var set = function (part, key, value) {
if (part[key] === value) return;
due = true;
if (!dry) part[key] = value;
};
each(doc, "[data-later]", function (part) {
var words = part.textContent;
JSON.parse(part.dataset.later).forEach(function (later) { if (Date.parse(later[0]) <= now) words = later[1]; });
set(part, "textContent", words);
});
each(doc, "[data-starts]", function (part) {
var data = part.dataset, words = part.querySelector("[data-words]"), old = STATES.indexOf(data.state);
var state = Math.max(old, now < Date.parse(data.starts) ? 0 : now < Date.parse(data.ends) ? 1 : 2);
if (data.only && !(state === 2 && written(part))) set(part, "hidden", data.only !== STATES[state]);
if (words) set(words, "textContent", words.dataset.words.split("|")[state]);
[part, words].forEach(function (named) {
if (named) set(named, "className", named.className.replace(STATES[old], STATES[state]));
});
if (dry) return;
data.state = STATES[state];
if (data.step && state === 1) part.setAttribute("aria-current", "step");
else if (data.step) part.removeAttribute("aria-current");
});
return due;
};
var compare = function () {
if (!tell(true)) return;
fetch(location.href, { method: "HEAD", cache: "no-store" }).then(function (answer) {
var date = Date.parse(answer.headers.get("date"));
if (date) lead = date + (answer.headers.get("age") || 0) * 1000 - Date.now();
}).catch(function () { /* without a network there is only the reader's own clock */ }).then(function () { tell(); });
};
if (doc.documentElement.dataset.clock === "own") { compare(); setInterval(compare, 20000); }
})();
