/* Adds to what works without it: keeps what is being written, sends without leaving the page, sorts without a new
   page. Stores nothing but the draft, in this tab alone. */
(function () {
  "use strict";
  if (!window.fetch || !window.URLSearchParams || !document.querySelector(":root").closest) return;
  var doc = document;
  var each = function (within, selector, act) {
    Array.prototype.forEach.call(within.querySelectorAll(selector), act);
  };
  var said = doc.createElement("p");
  said.setAttribute("role", "status");
  said.className = "visually-hidden";
  doc.body.appendChild(said);
  var say = function (words) { said.textContent = ""; setTimeout(function () { said.textContent = words; }, 50); };

  /* What is being written. */
  var drafts = { get: function () {}, set: function () {} };
  try {
    sessionStorage.setItem("assises", "1");
    sessionStorage.removeItem("assises");
    drafts = {
      get: function (key) { return sessionStorage.getItem(key); },
      set: function (key, words) { if (words) sessionStorage.setItem(key, words); else sessionStorage.removeItem(key); }
    };
  } catch (refused) { /* a browser that stores nothing */ }
  var ready = function (form) {
    var key = "assises:" + form.elements.form.value;
    var text = form.elements.text;
    if (text) {
      if (!text.value) text.value = drafts.get(key) || "";
      text.addEventListener("input", function () { drafts.set(key, text.value); });
    }
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      send(form, event.submitter || doc.activeElement, key);
    });
  };
  var send = function (form, button, key) {
    var box = form.closest(".contribute") || form.parentNode;
    var fields = new URLSearchParams(new FormData(form));
    if (button && button.name) fields.append(button.name, button.value);
    var words = doc.querySelector("[data-sending]").dataset;
    say(words.sending);
    if (button) button.disabled = true;
    fetch(form.action, { method: "POST", body: fields, credentials: "omit", referrerPolicy: "no-referrer" }).then(function (answer) {
      return answer.text().then(function (html) { return { html: html, url: answer.url, ok: answer.redirected }; });
    }).then(function (answer) {
      var main = new DOMParser().parseFromString(answer.html, "text/html").querySelector(".intake");
      if (!main) throw new Error("no answer of an intake");
      each(main, "form", function (inner) { inner.setAttribute("action", new URL(inner.getAttribute("action"), answer.url)); });
      each(main, "a[href]", function (link) { link.href = new URL(link.getAttribute("href"), answer.url); });
      if (answer.ok) drafts.set(key, "");
      each(main, "h1", function (heading) {
        var lower = doc.createElement("h2");
        lower.textContent = heading.textContent;
        lower.tabIndex = -1;
        heading.parentNode.replaceChild(lower, heading);
      });
      box.textContent = "";
      box.appendChild(main);
      each(box, "form", ready);
      var target = box.querySelector(".error-summary") || box.querySelector("h2");
      target.tabIndex = -1;
      target.focus();
      say(target.textContent);
    }).catch(function () {
      if (button) button.disabled = false;
      say("");
      var note = box.querySelector(".offline") || form.insertBefore(doc.createElement("p"), form.firstChild);
      note.className = "offline error-message";
      note.setAttribute("role", "alert");
      note.textContent = words.offline;
    });
  };
  each(doc, ".contribution-form", ready);

  /* Orders and leaves of contributions, without a new page. */
  var turn = function (address, push) {
    return fetch(address).then(function (answer) { return answer.text(); }).then(function (html) {
      var found = new DOMParser().parseFromString(html, "text/html");
      var leaf = found.querySelector(".leaf");
      if (!leaf) throw new Error("no leaf");
      var old = doc.querySelector(".leaf");
      old.parentNode.replaceChild(doc.importNode(leaf, true), old);
      doc.title = found.title;
      doc.querySelector("h1").textContent = found.querySelector("h1").textContent;
      if (push) history.pushState(null, "", address);
      var current = doc.querySelector(".leaf [aria-current]");
      if (current) current.focus({ preventScroll: true });
      say(doc.title);
    }).catch(function () { location.href = address; });
  };
  if (doc.querySelector(".leaf")) {
    doc.addEventListener("click", function (event) {
      var link = event.target.closest(".leaf .choices a, .leaf .pager a");
      if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      turn(link.href, true);
    });
    window.addEventListener("popstate", function () { turn(location.href, false); });
  }

  /* A number that is not on this page any more stands in the ledger. */
  var id = location.hash.slice(1), ledger = doc.querySelector("[data-ledger]");
  if (/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id) && !doc.getElementById(id) && ledger) {
    var place = location.pathname.indexOf(ledger.dataset.ledger) ? "" : id.slice(-1).toLowerCase() + "/";
    var time = 0;
    for (var i = 0; i < 10; i += 1) time = time * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".indexOf(id[i]);
    var target = ledger.dataset.ledger + new Date(time).toISOString().slice(0, 10) + "/" + place;
    if (target !== location.pathname) location.replace(target + "#" + id);
  }
})();
