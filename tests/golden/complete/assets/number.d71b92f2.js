(function () {
"use strict";
var id = location.hash.slice(1), ledger = document.querySelector("[data-ledger]");
if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id) || document.getElementById(id) || !ledger) return;
ledger = ledger.dataset.ledger;
if (location.pathname.indexOf(ledger) === 0) {
var end = document.querySelector(".choices a[href$='/" + id.slice(-1).toLowerCase() + "/']:not([aria-current])");
if (end) location.replace(end.href + "#" + id);
} else {
var time = 0;
for (var i = 0; i < 10; i += 1) time = time * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".indexOf(id[i]);
location.replace(ledger + new Date(time).toISOString().slice(0, 10) + "/#" + id);
}
})();
