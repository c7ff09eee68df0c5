// What is planned, was changed and is in excess; targets, excluded regions, remarks, terms. No I/O but the page itself.

function table(caption, heads, rows) {
  return el("div", { class: "scroll" }, el("table", {}, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, heads.map((head) => (typeof head === "string" ? el("th", { scope: "col" }, head) : el("th", { scope: "col", class: "n" }, head[0]))))),
    el("tbody", {}, rows)));
}

const LINES = 40;

// Equal steps of all targets together, the most frequent first.
function gathered(pick) {
  const groups = new Map();
  for (const target of targets) {
    for (const step of target[pick]) {
      const key = [step.what, step.fate, step.reduces, step.predicted].join();
      const group = groups.get(key) || { step, memberships: 0, targets: [] };
      group.memberships += step.count;
      group.targets.push(target);
      groups.set(key, group);
    }
  }
  return [...groups.values()].sort((one, other) => other.memberships - one.memberships || other.targets.length - one.targets.length);
}

const forWhom = ({ step, memberships, targets: list }) => (step.count === 0 ? "the organization, " + counted(list.length, "time") : counted(memberships, "membership"));
const filled = (group, index) => shown(text(index, group.targets.length === 1 ? group.targets[0].region : null, null));

function onMap(group, kind) {
  if (group.step.count === 0) return "";
  const plan = (group.step.plans || []).length === 1 ? data.plans[group.step.plans[0]] : "";
  return el("button", { type: "button", class: "link show", onclick: () => show({ with: kind, plan }) }, "Show on map");
}

// A part with its table, the first of very many lines, and what was left out.
function workPart(into, title, intro, groups, heads, row, index) {
  const left = targets.reduce((sum, target) => sum + (index === undefined ? 0 : target.leftOut[index]), 0) + Math.max(0, groups.length - LINES);
  into.append(el("h3", {}, title));
  if (groups.length === 0) return into.append(el("p", { class: "soft" }, "None."));
  into.append(table(intro, heads, groups.slice(0, LINES).map(row)));
  if (left) into.append(el("p", { class: "soft" }, "And " + number(left) + " more kinds, in the JSON document."));
}

function writeWork() {
  const into = byId("work");
  const planned = gathered("planned");
  const step = (kind) => (group) => el("tr", {}, el("td", {}, filled(group, group.step.what), group.step.predicted ? el("span", { class: "soft" }, " (follows from another change)") : null), el("td", {}, forWhom(group)), el("td", {}, places(group.targets)), el("td", {}, onMap(group, kind)));
  const heads = ["What", "For", "Where", ""];
  workPart(into, "Planned reductions", "What the policy names to be turned off, removed or lowered. Only a sweep in apply mode does it, after a report has listed it, or a person by the command line.",
    planned.filter((group) => group.step.reduces), heads, step("reduction"));
  workPart(into, "Planned changes", data.mode === "plan" ? "What a sweep in apply mode would do." : "What this sweep held back.", planned.filter((group) => !group.step.reduces), heads, step("planned"), 0);
  workPart(into, "Excess", "What is on although the policy does not ask for it. Rollcall reports it, and reduces only what the policy names.", gathered("excess"),
    ["What", "What comes of it", "For", "Where", ""], (group) => el("tr", {}, el("td", {}, filled(group, group.step.what)), el("td", {}, shown(text(group.step.fate))), el("td", {}, forWhom(group)), el("td", {}, places(group.targets)), el("td", {}, onMap(group, "excess"))), 2);
  workPart(into, "Changed in this sweep", "What was turned on, set or reduced, and what was tried in vain.", gathered("changes"),
    ["What", "Outcome", "For", "Where", ""], (group) => el("tr", {}, el("td", {}, filled(group, group.step.what)), el("td", {}, group.step.fate === undefined ? "done" : "failed: " + filled(group, group.step.fate)), el("td", {}, forWhom(group)), el("td", {}, places(group.targets)), el("td", {}, group.step.fate === undefined ? onMap(group, "changed") : "")), 1);
}

function targetRow(target) {
  const counts = new Int32Array(6);
  for (let unit = 0; unit < units.length; unit++) ofUnit(unit, target).counts.forEach((many, state) => (counts[state] += many));
  const total = count - counts[NOT_APPLICABLE];
  const notes = target.remarks.map((remark) => text(remark, target.region));
  if (target.error !== undefined) notes.unshift(text(target.error, target.region));
  if (target.loweredAt) notes.push("auto-enable was lowered from ALL at " + time(target.loweredAt));
  if (target.run) notes.push("from the earlier sweep " + target.run);
  return el("tr", {}, el("th", { scope: "row" }, serviceName(target.service)), el("td", {}, target.region), el("td", {}, target.outcome),
    el("td", { class: "n" }, percent(share(counts[ENROLLED], total))), [BLOCKED, UNKNOWN, MISSING, PENDING, ENROLLED, NOT_APPLICABLE].map((state) => el("td", { class: "n" }, counts[state] ? number(counts[state]) : "\u2013")),
    el("td", {}, time(target.observedAt)), el("td", {}, notes.length ? el("ul", { class: "sentences" }, notes.map((note) => el("li", {}, el("bdi", {}, shown(note))))) : ""));
}

function writeTargets() {
  const into = byId("targets");
  const heads = ["Service", "Region", "Outcome", ["Share"], ["Blocked"], ["Unknown"], ["Missing"], ["Pending"], ["Enrolled"], ["Not applicable"], "Looked at", "Remarks"];
  into.append(el("details", {}, el("summary", {}, counted(targets.length, "target") + ": each service in each region"), table("A target is one service in one region.", heads, targets.map(targetRow))));
  into.append(el("h3", {}, "Excluded regions"));
  if (data.excluded.length === 0) into.append(el("p", { class: "soft" }, "None: every region that AWS lists for the administrators is governed."));
  else {
    const groups = new Map();
    for (const left of data.excluded) {
      const key = left.service + left.reason + left.sentence;
      if (!groups.has(key)) groups.set(key, { ...left, regions: [] });
      groups.get(key).regions.push(left.region === null ? "all regions" : left.region);
    }
    into.append(table("Regions without a target: their memberships are not counted.", ["Service", "Regions", "State and reason", "Why", "What to do"], [...groups.values()].map((left) =>
      el("tr", {}, el("td", {}, serviceName(left.service)), el("td", {}, left.regions.join(", ")), el("td", {}, badge(stateIndex.get(left.state)), el("br"), el("code", {}, left.reason)), el("td", {}, shown(left.sentence)), el("td", {}, data.advice[left.reason] || "")))));
  }
  if (data.remarks.length) into.append(el("h3", {}, "Remarks"), el("ul", {}, data.remarks.map((remark) => el("li", {}, el("bdi", {}, shown(remark))))));
}

function writeMeaning() {
  const term = (name, meaning) => [el("dt", {}, name), el("dd", {}, meaning)];
  byId("meaning").append(el("dl", { class: "terms" },
    term("Membership", "An account in one service and one region. It is in exactly one state, with a reason."),
    STATES.map((state, index) => [el("dt", {}, badge(index)), el("dd", {}, state.means)]),
    term("Coverage", "Enrolled memberships as a share of the applicable ones, rounded down: 100% means all of them. Unknown counts as not enrolled."),
    term("What it proves", "That AWS showed the service, and each wanted protection plan or scan type, as on when it was looked at. Not that agents are healthy or that findings are read."),
    term("Excess", "Something is on that the policy does not ask for. It is left alone unless the policy names it."),
    term("Reduction", "Something that is turned off, removed or lowered: only where the policy names it, only by the sweep or by a person at the command line, within max-reductions."),
    term("Breaker", "A limit on how much one sweep may do. Where it would be exceeded, nothing of the kind is done."),
    term("This sweep", [el("code", {}, shown(data.run)), ", started " + time(data.startedAt) + ", ended " + time(data.endedAt) + ", policy ", el("code", {}, shown(data.policy || "not told")), data.mode === "plan" ? ", in plan mode: nothing was changed." : ", in apply mode."]),
    term("The same as JSON", data.location ? el("code", {}, shown(data.location)) : "What --json writes.")));
}
