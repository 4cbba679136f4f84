"use strict";
// All that the page says it says without this: here are only filters, addresses and evidence on demand.
(() => {
  const byId = (id) => document.getElementById(id);
  const cells = [...document.querySelectorAll("table.cells td[class]")];
  let evidence = null;
  for (const td of cells) {
    if (!td.id) continue;  // its evidence stands in the page, and it links there
    const link = document.createElement("a");
    link.href = `#${td.id}`;
    link.append(...td.childNodes);
    td.append(link);
  }

  const loaded = () => {
    evidence ??= (async () => {
      const bytes = Uint8Array.from(atob(byId("=evidence").textContent), (one) => one.charCodeAt(0));
      const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      return JSON.parse(await new Response(plain).text());
    })();
    return evidence;
  };

  // Text alone is ever put into the page: nothing of a report is read as HTML.
  const made = (name, text, ...children) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    element.append(...children);
    return element;
  };

  const ends = (pieces, text) => {
    const table = made("table");
    table.className = "ends";
    const wired = pieces.some(([, , , wire]) => wire.length);
    table.append(made("tr", "", ...["attempt", "client", ...(wired ? ["wire"] : []), "server"].map((name) => made("th", name))));
    for (const [label, expected, client, wire, server] of pieces) {
      const side = (lines) => made("td", "", ...(lines.length ? lines.map((one) => made("div", text(one))) : ["-"]));
      const head = made("th", text(label), made("small", `expected ${text(expected)}`));
      table.append(made("tr", "", head, side(client), ...(wired ? [side(wire)] : []), side(server)));
    }
    const wide = made("div", "", table);
    wide.className = "wide";
    return wide;
  };

  const show = async (td) => {
    const {texts, cells: all} = await loaded();
    const one = all[cells.indexOf(td)];
    const box = made("div");
    box.className = "on-demand";
    const heading = decodeURIComponent(td.id).replaceAll("+", " · ");
    box.append(made("p", "", made("b", heading)));
    if (one) {
      const text = (number) => texts[number];
      const [reason, difference, rerun, data, pieces] = one;
      const named = (name, value) => made("p", "", made("b", name), " ", value);
      box.append(made("p", text(reason)));
      if (text(difference)) box.append(named("one difference", text(difference)));
      if (pieces.length) box.append(ends(pieces, text));
      box.append(named("again", made("code", text(rerun))));
      if (text(data)) {
        box.append(made("details", "", made("summary", "case as data, certificates included"), made("pre", text(data))));
      }
    } else {
      box.append(made("p", "The evidence of this case is in the JSON report alone."));
    }
    const table = td.closest(".wide");
    if (table.nextElementSibling?.className === "on-demand") table.nextElementSibling.remove();
    table.after(box);
  };

  const open = async () => {
    const id = location.hash.slice(1);
    let target = byId(id);
    if (!target) {
      try { target = byId(decodeURIComponent(id)); } catch { return; }
    }
    if (!target) return;
    for (let one = target; one; one = one.parentElement) {
      if (one.tagName === "DETAILS") { one.open = true; one.hidden = false; }
    }
    document.querySelectorAll(".now").forEach((one) => one.classList.remove("now"));
    if (target.tagName === "TD") { target.classList.add("now"); await show(target); }
    target.scrollIntoView({block: "center"});
    document.body.dataset.opened = id;
  };
  window.addEventListener("hashchange", open);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) open();
  });

  const form = byId("=filter");
  if (form) {
    form.hidden = false;
    const themes = [...document.querySelectorAll("details.theme")].map((theme) => {
      const cases = [...theme.querySelectorAll(":scope > details.case")];
      return {theme, rows: [...theme.querySelectorAll("tr.row")].map((row, at) => ({
        row, one: cases[at],
        text: [...cases[at].querySelectorAll(":scope > summary, :scope > .claim")].map((p) => p.textContent).join(" ").toLowerCase(),
      }))};
    });
    const before = new Map();
    const filter = () => {
      const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const kinds = ["different", "unsafe", "bad"].filter((name) => form.elements[name].checked);
      const active = words.length + kinds.length > 0;
      let count = 0;
      for (const {theme, rows} of themes) {
        let some = false;
        for (const {row, one, text} of rows) {
          const fits = words.every((word) => text.includes(word)) && kinds.every((kind) => row.classList.contains(`is-${kind}`));
          row.hidden = one.hidden = !fits;
          some ||= fits;
          count += fits;
        }
        if (active && !before.has(theme)) before.set(theme, theme.open);
        if (active) theme.open = some;
        else if (before.has(theme)) { theme.open = before.get(theme); before.delete(theme); }
        theme.hidden = !some;
      }
      form.querySelector("output").textContent = active ? `${count} of ${themes.reduce((sum, one) => sum + one.rows.length, 0)} cases` : "";
    };
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && event.target.tagName !== "INPUT") { event.preventDefault(); form.elements.text.focus(); }
    });
    filter();
  }
  window.addEventListener("beforeprint", () => document.querySelectorAll("details.theme").forEach((one) => { one.open = true; }));
  if (location.hash) open();
})();
