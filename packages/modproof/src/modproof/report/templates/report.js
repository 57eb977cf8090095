(() => {
  "use strict";
  const form = document.getElementById("filter");
  const search = form.elements.q;
  const shown = document.getElementById("shown");
  const names = ["q", "module", "severity", "state"];
  const items = [...document.querySelectorAll(".item")].map((element) => {
    const group = element.closest("[data-group]");
    const text = `${group ? group.dataset.group : ""} ${element.textContent}`;
    return { element, text: text.toLowerCase().replace(/\s+/g, " "), counts: "count" in element.dataset };
  });
  // the innermost first: a group is empty when everything in it is hidden
  const groups = [...document.querySelectorAll("[data-holds]")].reverse();
  const closed = groups.filter((group) => group.tagName === "DETAILS" && !group.open);
  const total = items.filter((item) => item.counts).length;

  const matches = (item, filters) =>
    filters.q.toLowerCase().split(/\s+/).every((word) => item.text.includes(word)) &&
    names.slice(1).every((name) => !filters[name] || (item.element.dataset[name] || "").split(" ").includes(filters[name]));

  const apply = () => {
    const filters = Object.fromEntries(names.map((name) => [name, form.elements[name].value]));
    const active = names.some((name) => filters[name].trim());
    let count = 0;
    for (const item of items) {
      const visible = !active || matches(item, filters);
      item.element.hidden = !visible;
      if (visible && item.counts) count += 1;
    }
    for (const group of groups) {
      const within = [...group.querySelectorAll(".item")];
      group.hidden = active && within.length > 0 && within.every((element) => element.hidden);
    }
    for (const group of closed) group.open = active;
    shown.textContent = active ? `${count} of ${total} results match` : "";
    form.elements.clear.hidden = !active;
    return { filters, active };
  };

  const update = () => {
    const { filters, active } = apply();
    const chosen = new URLSearchParams(names.filter((name) => filters[name].trim()).map((name) => [name, filters[name]]));
    history.replaceState(null, "", active ? `#?${chosen}` : location.pathname + location.search);
  };

  const clear = () => {
    for (const name of names) form.elements[name].value = "";
  };

  const follow = () => {
    if (location.hash.startsWith("#?")) {
      const chosen = new URLSearchParams(location.hash.slice(2));
      for (const name of names) form.elements[name].value = chosen.get(name) || "";
      apply();
      return;
    }
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) {
      clear();
      apply();
    }
    for (let parent = target; parent; parent = parent.parentElement) if (parent.tagName === "DETAILS") parent.open = true;
    target.scrollIntoView();
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  form.elements.clear.addEventListener("click", () => {
    clear();
    update();
    search.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !event.target.closest("input, select, textarea")) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && form.contains(event.target)) {
      clear();
      update();
    }
  });
  window.addEventListener("hashchange", follow);
  follow();
})();
