// The head, the notices and the first view: how much is covered, and how that changed. No I/O but the page itself.

const mark = (state) => el("span", { class: "mark " + STATES[state].id, "aria-hidden": "true" }, STATES[state].mark);
const badge = (state) => el("span", { class: "badge" }, mark(state), STATES[state].name);
const countOf = (counts, state) => counts[state === NOT_APPLICABLE ? "notApplicable" : STATES[state].id];
const applicable = (counts) => counts.enrolled + counts.pending + counts.missing + counts.blocked + counts.unknown;
const show = (wanted) => {
  Object.assign(filter, { q: "", service: "", region: "", reason: "", plan: "", with: "", states: new Set() }, wanted);
  filterChanged();
  jump("map-title");
};

function jump(id) {
  byId(id).scrollIntoView({ block: "start" });
  byId(id).focus({ preventScroll: true });
}

function writeHead() {
  const told = age(data.endedAt);
  const policy = data.policy === "" ? "not told" : data.policy;
  byId("provenance").append(
    data.management ? "Organization of management account " + data.management + ". " : "",
    "Sweep ", el("code", {}, shown(data.run)), ", ended ", el("time", { datetime: data.endedAt }, time(data.endedAt)),
    told ? " (" + told + ")" : "", ". Policy ", el("code", {}, shown(policy)), ". ",
    data.mode !== "plan" ? "Apply mode." : data.location ? "Plan mode." : "A look from the command line.");
  document.title = "Rollcall coverage " + percent(data.totals.percent) + ", " + data.endedAt.slice(0, 10);
}

function writeNotices() {
  const notices = byId("notices");
  const add = (kind, ...content) => notices.append(el("div", { class: "notice " + kind }, ...content));
  const list = (lines) => el("ul", {}, lines.slice(0, 12).map((line) => el("li", {}, line)), lines.length > 12 ? el("li", {}, "and " + number(lines.length - 12) + " more, in the table of targets") : null);
  for (const notice of data.notices) add("alert", shown(notice));
  if (data.mode === "plan" && !data.location) add("", el("strong", {}, "A look from the command line: "), "nothing was changed by it, whatever mode the stack is in. What an apply would do is listed as planned.");
  else if (data.mode === "plan") add("", el("strong", {}, "Plan mode: "), "nothing was changed. What a sweep in apply mode would do is listed as planned.");
  for (const breaker of data.breakers) add("alert", el("strong", {}, "A breaker stopped the sweep: "), shown(breaker));
  const failed = targets.filter((target) => target.error !== undefined);
  if (failed.length) {
    add("alert", el("strong", {}, "Could not be looked at to the end:"),
      list(failed.map((target) => serviceName(target.service) + " in " + target.region + ": " + shown(text(target.error, target.region)))));
  }
  const unlisted = data.excluded.filter((left) => left.state === "unknown");
  if (unlisted.length) add("alert", el("strong", {}, "Could not be listed:"), list(unlisted.map((left) => serviceName(left.service) + ": " + shown(left.sentence))));
  if (data.failedSweepsInARow > 1) add("alert", counted(data.failedSweepsInARow, "sweep") + " in a row had a target that failed.");
  for (const [service, without] of Object.entries(data.withoutOrganizationPolicy)) {
    if (without > 0) {
      add("", serviceName(service) + ": AWS's policy type is enabled, and " + counted(without, "account has", "accounts have") +
        " no effective policy, so that AWS enrols none of them by itself. Attach a policy or disable the type.");
    }
  }
  const reductions = targets.flatMap((target) => target.planned.filter((step) => step.reduces));
  if (reductions.length) {
    const all = reductions.reduce((sum, step) => sum + Math.max(step.count, 1), 0);
    add("", el("strong", {}, "Reductions wait: "), counted(all, "change") + " that take something away, all named by the policy. " +
      (data.reductionsHeld ? "The breaker holds them back. " : "The next sweep in apply mode, or an apply from the command line, makes them, within max-reductions. "),
      el("button", { type: "button", class: "link show", onclick: () => jump("work-title") }, "Read them"));
  }
  if (data.narrowed && data.location) add("", "This sweep was narrowed to " + data.narrowed.join(", ") + "; the other regions are as an earlier one left them" + (data.fullRun ? " (the last full sweep: " + shown(data.fullRun) + ")." : "."));
}

function bar(counts) {
  const all = applicable(counts);
  const parts = [ENROLLED, PENDING, MISSING, BLOCKED, UNKNOWN].filter((state) => countOf(counts, state) > 0);
  const made = el("div", { class: "bar", role: "img", "aria-label": parts.map((state) => number(countOf(counts, state)) + " " + STATES[state].name).join(", ") });
  for (const state of parts) {
    const part = el("i", { class: STATES[state].id });
    part.style.flex = String(countOf(counts, state) / all);
    made.append(part);
  }
  return made;
}

// A line of the share over the last sweeps, its ground and top told in numbers.
function line(points) {
  if (points.length < 2) return null;
  const shares = points.map((point) => point.percent);
  const low = Math.min(...shares), high = Math.max(...shares), room = Math.max(high - low, 0.01);
  const from = Date.parse(points[0].endedAt), until = Math.max(Date.parse(points[points.length - 1].endedAt), from + 1);
  const at = (point) => (((Date.parse(point.endedAt) - from) / (until - from)) * 300).toFixed(1) + "," + (48 - ((point.percent - low) / room) * 42).toFixed(1);
  const svg = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const drawn = svg("svg", { viewBox: "0 0 300 54", preserveAspectRatio: "none", role: "img", "aria-label": "Between " + percent(low) + " and " + percent(high) + " in the last " + points.length + " sweeps" });
  drawn.append(svg("line", { class: "ground", x1: 0, x2: 300, y1: 53, y2: 53 }), svg("polyline", { points: points.map(at).join(" ") }));
  const extent = low === high ? percent(low) + " throughout" : percent(low) + " to " + percent(high);
  return el("div", { class: "line" }, drawn,
    el("div", { class: "ends" }, el("span", {}, points[0].endedAt.slice(0, 10)), el("span", {}, extent), el("span", {}, points[points.length - 1].endedAt.slice(0, 10))));
}

const signed = (value) => (value > 0 ? "+" : "\u2212") + number(Math.abs(value));

function change(before, now) {
  const changed = STATES.map((state, index) => [state.name, countOf(now, index) - countOf(before, index)]).filter(([, by]) => by !== 0);
  return changed.length ? changed.map(([name, by]) => name + " " + signed(by)).join(", ") : "nothing changed";
}

function card(title, counts, points, narrowed) {
  const states = [PENDING, MISSING, BLOCKED, UNKNOWN, NOT_APPLICABLE].filter((state) => countOf(counts, state) > 0);
  const before = points.length > 1 ? points[points.length - 2] : null;
  return el("article", { class: "card" },
    el("h3", {}, title),
    el("div", { class: "share" }, applicable(counts) ? percent(counts.percent) : "\u2013"),
    el("p", { class: "of" }, number(counts.enrolled) + " of " + number(applicable(counts)) + " enrolled"),
    bar(counts),
    el("ul", { class: "counts" }, states.map((state) => el("li", {},
      el("button", { type: "button", class: "link", title: "Show on the map", onclick: () => show({ ...narrowed, states: new Set([STATES[state].id]) }) },
        mark(state), number(countOf(counts, state)) + " " + STATES[state].name)))),
    line(points),
    before ? el("p", { class: "line" }, "Since " + time(before.endedAt) + ": " + change(before, counts)) : null);
}

function writeCoverage() {
  const { totals } = data;
  const open = applicable(totals) - totals.enrolled;
  byId("statement").append(
    el("strong", {}, applicable(totals)
      ? number(totals.enrolled) + " of " + number(applicable(totals)) + " applicable memberships are enrolled: " + percent(totals.percent) + "."
      : data.excluded.some((left) => left.state === "unknown")
        ? "Nothing could be looked at: how much there is to cover is not known."
        : "No membership is applicable: there is nothing to cover."),
    " " + (open ? number(open) + " are not, each with its reason below. " : "") + "A membership is an account in one service and region: " +
    counted(count, "account") + ", " + counted(regionNames.length, "region") + ", " + counted(serviceIds.length, "service") + "; " + number(totals.notApplicable) + " are not applicable.");
  const points = (pick) => data.trend.map((point) => ({ endedAt: point.endedAt, ...pick(point) })).filter((point) => point.percent !== undefined);
  byId("cards").append(card("All services", totals, points((point) => point.totals), {}));
  for (const [service, counts] of Object.entries(data.services)) {
    byId("cards").append(card(serviceName(service), counts, points((point) => point.services[service] || {}), { service }));
  }
  if (data.trend.length < 2) {
    byId("trend").append(el("p", { class: "soft" }, "There is no earlier sweep to compare with."));
    return;
  }
  const rows = data.trend.slice(-12).reverse().map((point, index, all) => el("tr", {},
    el("th", { scope: "row" }, time(point.endedAt)), el("td", { class: "n" }, percent(point.totals.percent)),
    Object.keys(data.services).map((service) => el("td", { class: "n" }, point.services[service] ? percent(point.services[service].percent) : "\u2013")),
    el("td", {}, index + 1 < all.length ? change(all[index + 1].totals, point.totals) : "")));
  byId("trend").append(el("details", {}, el("summary", {}, "What changed, sweep by sweep"), el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, ["Sweep ended", "All", ...Object.keys(data.services).map(serviceName)].map((title, index) => el("th", { scope: "col", class: index ? "n" : null }, title)), el("th", { scope: "col" }, "Memberships, against the sweep before"))),
    el("tbody", {}, rows)))));
}
