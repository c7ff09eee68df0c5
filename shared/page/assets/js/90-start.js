// The filter's fields, the theme, printing, and the start. Keeps the theme in the browser; no other I/O.

function options(id, any, values) {
  fill(byId(id), el("option", { value: "" }, any), values.map(([value, name]) => el("option", { value }, name)));
}

function writeFilter() {
  options("service", "all", serviceIds.map((service) => [service, serviceName(service)]));
  options("region", "all", regionNames.map((region) => [region, region]));
  options("reason", "any", [...new Set(reasons.filter((_, index) => byReason[index] > 0).map((reason) => reason.reason))].sort().map((reason) => [reason, reason]));
  options("plan", "any", data.plans.map((plan) => [plan, shown(plan)]).sort());
  options("with", "anything", [["excess", "excess"], ["planned", "a planned change"], ["reduction", "a planned reduction"], ["changed", "a change in this sweep"]]);
  const chip = (label, states, any) => el("button", { type: "button", class: any ? "any" : null, "aria-pressed": "false", "data-states": states.join(), onclick: () => toggle(states, any) }, label);
  byId("states").append(
    chip("Not covered", STATES.filter((_, index) => isOpen(index)).map((state) => state.id), true),
    ...STATES.map((state, index) => chip([mark(index), state.name], [state.id], false)));
}

function toggle(states, any) {
  const same = filter.states.size === states.length && states.every((state) => filter.states.has(state));
  if (any) filter.states = new Set(same ? [] : states);
  else if (filter.states.has(states[0])) filter.states.delete(states[0]);
  else filter.states.add(states[0]);
  filterChanged();
}

// Puts the fields in line with the filter.
function showFilter() {
  for (const key of ["q", "service", "region", "reason", "plan", "with"]) if (byId(key).value !== filter[key]) byId(key).value = filter[key];
  for (const chip of byId("states").children) {
    const states = chip.dataset.states.split(",");
    const pressed = states.every((state) => filter.states.has(state)) && (states.length === 1 || filter.states.size === states.length);
    chip.setAttribute("aria-pressed", String(pressed));
  }
}

// Rows anew, with the selection where it is now.
function rowsChanged() {
  layOutRows();
  sizeMap();
  map.cursor = placeOf(selection);
  reveal();
  placeCursor();
  writeDetails();
  drawSoon();
  keepAddress();
}

function filterChanged() {
  showFilter();
  apply();
  layOutColumns();
  paint.sprites = null;
  unfoldFound();
  scroller.scrollTop = 0;
  rowsChanged();
  accountsChanged();
  const inUnits = map.rows.reduce((sum, row) => sum + (row < 0 ? 1 : 0), 0);
  byId("found").textContent = isFiltered()
    ? counted(found.memberships, "membership") + " of " + counted(found.shownAccounts, "account") + " in " + counted(inUnits, "organizational unit") + (found.memberships === 1 ? " matches." : " match.")
    : counted(count, "account") + " in " + counted(inUnits, "organizational unit") + ".";
}

const THEMES = ["system", "light", "dark"];

function theme(wanted) {
  if (wanted === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = wanted;
  byId("theme").textContent = "Theme: " + wanted;
  readColours();
  paint.sprites = null;
  drawSoon();
}

function listenToTheme() {
  // A page opened from a file may have nowhere to keep it.
  const keep = (wanted) => {
    try {
      localStorage.setItem("rollcall-theme", wanted);
    } catch {
      return;
    }
  };
  let now = "system";
  try {
    now = THEMES.includes(localStorage.getItem("rollcall-theme")) ? localStorage.getItem("rollcall-theme") : now;
  } catch {
    now = "system";
  }
  theme(now);
  byId("theme").addEventListener("click", () => {
    now = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    theme(now);
    keep(now);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme(now));
}

function listenToPrinting() {
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const part of closed) part.open = true;
    accountsForPrint(true);
  });
  addEventListener("afterprint", () => {
    for (const part of closed) part.open = false;
    accountsForPrint(false);
  });
  byId("print").addEventListener("click", () => print());
}

function listenToFilter() {
  const changed = later(() => {
    filter.q = byId("q").value;
    filterChanged();
  }, 90);
  byId("q").addEventListener("input", changed);
  for (const key of ["service", "region", "reason", "plan", "with"]) {
    byId(key).addEventListener("change", () => {
      filter[key] = byId(key).value;
      filterChanged();
    });
  }
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    Object.assign(filter, { q: "", service: "", region: "", reason: "", plan: "", with: "", states: new Set() });
    filterChanged();
  });
  byId("unfold").addEventListener("click", () => {
    map.folded.clear();
    rowsChanged();
  });
  byId("fold").addEventListener("click", () => {
    map.folded = new Set(units.keys());
    rowsChanged();
  });
  addEventListener("hashchange", () => {
    readAddress();
    filterChanged();
  });
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    jump("map-title");
    byId("q").focus();
  });
  for (const link of document.querySelectorAll("[data-jump]")) {
    // The address keeps the filter, so that these links are no fragments.
    link.addEventListener("click", (event) => {
      event.preventDefault();
      jump(link.dataset.jump);
    });
  }
}

writeHead();
writeNotices();
writeCoverage();
writeReasons();
writeFilter();
listenToTheme();
listenToFilter();
listenToPrinting();
readAddress();
filterChanged();
listenToMap();
writeUnits();
writeWork();
writeTargets();
writeMeaning();
if (location.hash.length > 1) jump("map-title");
performance.mark("rollcall-ready");
document.documentElement.dataset.ready = "true";
