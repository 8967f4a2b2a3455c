/* Turns orders and leaves of contributions without a new page. */
(function () {
  "use strict";
  var doc = document, shown = location.pathname, turns = 0;
  if (!window.fetch || !window.DOMParser || !doc.querySelector(":root").closest || !doc.querySelector(".leaf")) return;
  var said = doc.createElement("p");
  said.setAttribute("role", "status");
  said.className = "visually-hidden";
  doc.body.appendChild(said);

  var turn = function (address, push) {
    var mine = turns += 1;
    return fetch(address).then(function (answer) { return answer.text(); }).then(function (html) {
      if (mine !== turns) return;
      var found = new DOMParser().parseFromString(html, "text/html");
      var leaf = found.querySelector(".leaf"), old = doc.querySelector(".leaf");
      old.parentNode.replaceChild(doc.importNode(leaf, true), old);
      doc.title = found.title;
      doc.querySelector("h1").textContent = found.querySelector("h1").textContent;
      if (push) {
        history.pushState(null, "", address);
        doc.querySelector(".leaf").scrollIntoView();
      }
      shown = location.pathname;
      var current = doc.querySelector(".leaf [aria-current]");
      if (current) current.focus({ preventScroll: true });
      said.textContent = doc.title;
    }).catch(function () { location.href = address; });
  };
  doc.addEventListener("click", function (event) {
    var link = event.target.closest(".leaf .choices a, .leaf .pager a");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    turn(link.href, true);
  });
  /* An anchor of this page is no other page. */
  window.addEventListener("popstate", function () { if (location.pathname !== shown) turn(location.href, false); });
})();
