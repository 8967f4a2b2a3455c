/* Adds to what works without it: keeps what is being written, sends without leaving the page. Stores nothing but the draft, in this tab alone. */
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

  /* What is being written: kept in this tab until it is received. Addresses are not kept. */
  var drafts = { get: function () { return ""; }, set: function () {} };
  try {
    sessionStorage.setItem("assises", "1");
    sessionStorage.removeItem("assises");
    drafts = {
      get: function (key) { return sessionStorage.getItem(key) || ""; },
      set: function (key, words) {
        try {
          if (words) sessionStorage.setItem(key, words); else sessionStorage.removeItem(key);
        } catch (full) { /* the fields hold it still */ }
      }
    };
  } catch (refused) { /* a browser that stores nothing */ }
  var typed = function (form, act) {
    each(form, "textarea, input:not([type=hidden]):not([type=email]):not([name=website])", function (field) {
      if (field.name) act(field, /radio|checkbox/.test(field.type));
    });
  };
  var ready = function (form) {
    var fields = form.elements, value = function (name) { return fields[name] ? fields[name].value : ""; };
    var key = "assises:" + value("form") + value("of") + value("passage"), pressed;
    var kept = new URLSearchParams(drafts.get(key));
    typed(form, function (field, ticked) {
      var found = kept.getAll(field.name);
      if (ticked) field.checked = field.checked || found.indexOf(field.value) >= 0;
      else field.value = field.value || found[0] || "";
    });
    form.addEventListener("input", function () {
      kept = new URLSearchParams();
      typed(form, function (field, ticked) { if (ticked ? field.checked : field.value) kept.append(field.name, field.value); });
      drafts.set(key, kept.toString());
    });
    /* Older browsers do not tell which button sends, nor give it the focus. */
    form.addEventListener("click", function (event) { pressed = event.target.closest("button") || pressed; });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (!form.sending) send(form, event.submitter || pressed || form.querySelector("button"), key);
    });
  };
  var ask = function (address, options) {
    options.credentials = "omit";
    options.referrerPolicy = "no-referrer";
    return new Promise(function (resolve, reject) {
      /* Sending the same again is received once, so one may give up. */
      setTimeout(reject, 30000);
      fetch(address, options).then(function (answer) {
        return answer.text().then(function (html) {
          var main = new DOMParser().parseFromString(html, "text/html").querySelector(".intake");
          if (!main) throw new Error("no answer of an intake");
          each(main, "form", function (inner) { inner.setAttribute("action", new URL(inner.getAttribute("action"), answer.url)); });
          each(main, "a[href]:not([href^='#'])", function (link) { link.href = new URL(link.getAttribute("href"), answer.url); });
          each(main, "h1", function (heading) {
            var lower = doc.createElement("h2");
            lower.textContent = heading.textContent;
            heading.parentNode.replaceChild(lower, heading);
          });
          main.received = answer.redirected;
          resolve(main);
        });
      }).catch(reject);
    });
  };
  var show = function (box, main) {
    box.textContent = "";
    box.appendChild(main);
    each(box, "form", ready);
    var target = box.querySelector(".error-summary") || box.querySelector("h2");
    target.tabIndex = -1;
    target.focus();
    say(target.textContent);
  };
  var send = function (form, button, key) {
    var box = form.closest(".contribute") || form.parentNode, label = button.innerHTML;
    var fields = new URLSearchParams(new FormData(form));
    var words = doc.querySelector("[data-sending]").dataset;
    if (button.name) fields.append(button.name, button.value);
    say(words.sending);
    button.textContent = words.sending;
    form.sending = button.disabled = true;
    ask(form.action, { method: "POST", body: fields }).then(function (main) {
      if (main.received) drafts.set(key, "");
      show(box, main);
    }).catch(function () {
      form.sending = button.disabled = false;
      button.innerHTML = label;
      say("");
      var note = form.querySelector(".offline") || form.insertBefore(doc.createElement("p"), form.firstChild);
      note.className = "offline error-message";
      note.setAttribute("role", "alert");
      note.textContent = words.offline;
      button.focus();
    });
  };
  each(doc, ".contribution-form", ready);

  /* Replies, supports and comments on passages: their form opens in its place. */
  var another = function (event) { return event.metaKey || event.ctrlKey || event.shiftKey || event.button; };
  doc.addEventListener("click", function (event) {
    var link = event.target.closest(".post-actions a, .passage-actions a[rel]");
    if (!link || another(event) || !doc.querySelector("[data-sending]")) return;
    event.preventDefault();
    ask(link.href, {}).then(function (main) {
      var box = doc.querySelector(".in-place") || doc.createElement("section"), place = link.closest(".post, .passage");
      box.className = "contribute in-place";
      place.parentNode.insertBefore(box, place.nextSibling);
      show(box, main);
    }).catch(function () { location.href = link.href; });
  });
})();
