"""What the page can do beyond being read: filters, copying a remedy, opening all. Without it nothing is missing."""

from __future__ import annotations

SCRIPT = """
"use strict";
(() => {
  const all = (what, root = document) => [...root.querySelectorAll(what)];
  const bar = document.getElementById("filters");
  const said = document.getElementById("said");
  const entries = all("[data-entry]").map((node) => ({ node, text: node.textContent.toLowerCase() }));
  const boxes = all(".box");
  const chips = all("button[data-filter]", bar);
  const box = document.getElementById("by-box");
  const text = document.getElementById("by-text");

  const wanted = () => {
    const found = {};
    for (const chip of chips) {
      if (chip.getAttribute("aria-pressed") === "true") {
        (found[chip.dataset.filter] = found[chip.dataset.filter] || []).push(chip.dataset.value);
      }
    }
    return found;
  };

  const apply = () => {
    const groups = Object.entries(wanted());
    const words = text.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const filtered = groups.length > 0 || words.length > 0;
    let count = 0;
    for (const { node, text: content } of entries) {
      const fits = (!box.value || node.dataset.box === box.value)
        && groups.every(([name, values]) => values.includes(node.dataset[name]))
        && words.every((word) => content.includes(word));
      node.hidden = !fits;
      count += fits ? 1 : 0;
    }
    for (const part of boxes) {
      part.hidden = box.value !== "" && part.dataset.box !== box.value;
      const inside = all("[data-entry]", part);
      const none = part.querySelector(".none");
      none.hidden = !(filtered && inside.length > 0 && inside.every((node) => node.hidden));
    }
    for (const list of all(".gone-list")) {
      list.hidden = all("[data-entry]", list).every((node) => node.hidden);
    }
    said.textContent = count.toLocaleString("en") + " of " + entries.length.toLocaleString("en") + " shown";
  };

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  box.addEventListener("change", apply);
  text.addEventListener("input", apply);
  document.getElementById("clear").addEventListener("click", () => {
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    box.value = "";
    text.value = "";
    apply();
  });
  const fold = document.getElementById("fold");
  fold.addEventListener("click", () => {
    const open = fold.dataset.open !== "true";
    for (const item of all("details.item")) item.open = open;
    fold.dataset.open = String(open);
    fold.textContent = open ? "Close all" : "Open all";
  });

  for (const part of all(".remedy")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const code = part.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        const range = document.createRange();
        range.selectNodeContents(code);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        button.textContent = "Selected";
      }
      said.textContent = button.textContent;
    });
    part.append(button);
  }

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])").filter((part) => !part.closest(".matrix"));
    for (const part of closed) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of closed) part.open = false;
  });
  bar.hidden = false;
  apply();
})();
"""
