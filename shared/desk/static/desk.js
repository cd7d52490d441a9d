// Keeps open pages live and usable from the keyboard. Every page works without it.
"use strict";

(() => {
  document.documentElement.classList.add("js");

  // On a phone a row is a card: its cells are named by the column heads.
  const nameCells = (root) => {
    for (const table of root.querySelectorAll("table")) {
      const heads = [...table.querySelectorAll("thead th")].map((th) => (th.querySelector("a") ?? th).firstChild?.textContent.trim() ?? "");
      for (const row of table.tBodies[0]?.rows ?? []) {
        [...row.cells].forEach((cell, place) => heads[place] && (cell.dataset.label = heads[place]));
      }
    }
  };
  nameCells(document);

  // --- live regions -------------------------------------------------------------------------
  // The stream names the regions that changed; the page itself is asked for again, and the named
  // regions are taken out of the answer. So nothing is drawn in two places.
  const stale = new Set();
  let asking = false;
  let lastSign = Date.now();

  const isInUse = (region) =>
    region.querySelector("details.confirm[open]") !== null ||
    (region.contains(document.activeElement) &&
      document.activeElement.matches("input, select, textarea"));

  const take = (fresh, id) => {
    const was = document.getElementById(id);
    const is = fresh.getElementById(id);
    if (!was || isInUse(was)) return false;
    if (!is) {
      // It is over, if the answer is that page still and not the login.
      if (!fresh.getElementById("tinh-den")) return false;
      was.remove();
      return true;
    }
    const focused = was.contains(document.activeElement) ? document.activeElement : null;
    const href = focused && focused.getAttribute("href");
    was.replaceWith(is);
    nameCells(is);
    if (href) {
      const again = [...is.querySelectorAll("a[href]")].find((a) => a.getAttribute("href") === href);
      if (again) again.focus({ preventScroll: true });
    }
    return true;
  };

  const refresh = async () => {
    if (asking || stale.size === 0 || document.hidden) return;
    asking = true;
    const wanted = [...stale];
    stale.clear();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html", "Motcua-Live": "1" } });
      if (!answer.ok) throw new Error("refused");
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const region of document.querySelectorAll("[data-live]")) {
        const names = region.dataset.live.split(" ");
        if (wanted.some((name) => names.includes(name)) && !take(fresh, region.id)) {
          wanted.filter((name) => names.includes(name)).forEach((name) => stale.add(name));
        }
      }
      take(fresh, "tinh-den");
    } catch {
      wanted.forEach((name) => stale.add(name));
    } finally {
      asking = false;
    }
  };

  const askForEverything = () => {
    document.querySelectorAll("[data-live]").forEach((region) =>
      region.dataset.live.split(" ").forEach((name) => stale.add(name)));
    refresh();
  };

  // What changed between the drawing of the page and the first sign of the stream, or while the
  // line was cut, was told to nobody: then everything is asked for once.
  let mayHaveMissed = true;

  const alive = () => {
    lastSign = Date.now();
    const banner = document.getElementById("mat-ket-noi");
    if (mayHaveMissed || (banner && !banner.hidden)) {
      mayHaveMissed = false;
      if (banner) banner.hidden = true;
      askForEverything();
    }
  };

  if (document.querySelector("[data-live]")) {
    const source = new EventSource("/live");
    source.addEventListener("open", () => (mayHaveMissed = true));
    source.addEventListener("alive", alive);
    source.addEventListener("region", (event) => {
      alive();
      stale.add(event.data);
      refresh();
    });
    setInterval(() => {
      if (Date.now() - lastSign > 40000) {
        const banner = document.getElementById("mat-ket-noi");
        if (banner) banner.hidden = false;
      }
      refresh(); // regions that were in use, or a tab that was hidden
    }, 5000);
    document.addEventListener("visibilitychange", refresh);
  }

  // --- small comforts -----------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const close = event.target.closest("[data-close]");
    if (close) close.closest("details").open = false;
  });

  // Sending twice is a second decision: the second press does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () =>
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // An opened question takes the keyboard to its first field.
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("details.confirm[open]")) {
      event.target.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
    }
  }, true);

  // --- keyboard -----------------------------------------------------------------------------
  const follow = (selector) => {
    const link = document.querySelector(selector);
    if (link) link.click();
    return link !== null;
  };

  const step = (by) => {
    const links = [...document.querySelectorAll("tbody tr")].map((row) => row.querySelector("a")).filter(Boolean);
    if (links.length === 0) return false;
    const now = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    links[Math.min(Math.max(now < 0 ? 0 : now + by, 0), links.length - 1)].focus();
    return true;
  };

  const keys = {
    "/": () => {
      const box = document.querySelector(".filters input[type=search]") ??
        document.querySelector(".filters select");
      if (box) box.focus();
      return box !== null;
    },
    j: () => step(1),
    k: () => step(-1),
    n: () => follow("a[rel=next]"),
    p: () => follow("a[rel=prev]"),
    "?": () => {
      const help = document.getElementById("phim-tat");
      if (help) help.showModal();
      return help !== null;
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      const open = document.querySelector("details.confirm[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      }
      return;
    }
    if (event.target.matches("input, select, textarea") || document.querySelector("dialog[open]")) return;
    const desk = /^[1-4]$/.test(event.key) && document.querySelectorAll(".desks > *")[event.key - 1];
    const action = desk ? () => (desk.click(), true) : keys[event.key];
    if (action && action()) event.preventDefault();
  });
})();
