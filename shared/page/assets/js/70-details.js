// What is known of the selection: a membership, an account or an organizational unit. No I/O but the page itself.

// A row of the list; nothing where there is nothing to say.
const fact = (title, ...content) => {
  const told = content.flat().filter((part) => part !== null && part !== undefined && part !== "" && part !== false);
  return told.length ? [el("dt", {}, title), el("dd", {}, told)] : [];
};
const points = (lines) => (lines.length ? el("ul", {}, lines.map((line) => el("li", {}, line))) : null);

function unitFact(unit) {
  const { path, title } = units[unit];
  if (path.length === 0) return fact("Organizational unit", "not known");
  return fact("Organizational unit", named(title), el("br"), el("span", { class: "id soft" }, shown(path[path.length - 1])));
}

const stepText = (target, step, account) => shown(text(step.what, target.region, account));

// Steps for one account, for the region as a whole, and those of which the document does not name everybody.
function stepsFor(target, steps, account) {
  const own = steps.filter((step) => target.has(step, account));
  const whole = steps.filter((step) => step.count === 0);
  const more = steps.filter((step) => step.count > 0 && !target.has(step, account) && namedIn(step) < step.count);
  return { own, whole, more };
}
const namedIn = (step) => (step.named ??= step.accounts === null ? 0 : unpacked(step.accounts, Uint8Array).reduce((sum, one) => sum + one, 0));

// What comes next where nothing is planned by name.
const NEXT = {
  [ENROLLED]: "Nothing: it looks again with every sweep.",
  [PENDING]: "It looks again with the next sweep.",
  [MISSING]: data.mode === "plan" ? "Nothing, in plan mode." : "It tries again with the next sweep.",
  [BLOCKED]: "It looks again with every sweep, and goes on by itself once nothing stands in the way.",
  [NOT_APPLICABLE]: "Nothing, as long as that is so.",
  [UNKNOWN]: "It looks again with the next sweep.",
};

function plannedFor(target, account, state) {
  const { own, whole, more } = stepsFor(target, target.planned, account);
  const line = (step) => stepText(target, step, accountId(account)) + (step.reduces ? " (reduction)" : "") + (step.predicted ? " (follows from another change)" : "");
  const lines = own.map(line).concat(whole.map((step) => "for the region: " + line(step)));
  for (const step of more) lines.push("perhaps: " + line(step) + " (for " + counted(step.count, "account") + ", of which the document names the first)");
  if (lines.length) return points(lines);
  return NEXT[state];
}

function membershipDetails(account, target) {
  const reason = target.cells[account], state = reasonState[reason];
  const since = target.since === null ? 0 : target.since[account];
  const excess = stepsFor(target, target.excess, account);
  const changes = stepsFor(target, target.changes, account);
  const surplus = excess.own.map((step) => stepText(target, step, accountId(account)) + ": " + shown(text(step.fate)));
  for (const step of excess.more) surplus.push("perhaps " + stepText(target, step, accountId(account)) + " (on in " + counted(step.count, "account") + ", of which the document names the first)");
  const changed = changes.own.map((step) => stepText(target, step, accountId(account)) + (step.fate === undefined ? "" : ": failed, " + shown(text(step.fate, target.region, accountId(account)))));
  return [
    fact("State", badge(state)),
    fact("Reason", el("code", {}, reasons[reason].reason)),
    fact("Why", el("bdi", {}, shown(sentence(reason, target.region, accountId(account))))),
    reason ? fact("What to do", data.advice[reasons[reason].reason]) : [],
    fact("Since", since ? time(data.times[since - 1]) : reason ? "not told" : ""),
    fact("What Rollcall does next", plannedFor(target, account, state)),
    fact("Excess", points(surplus)),
    fact("Changed in this sweep", points(changed)),
    fact("Last looked at", time(target.observedAt), target.run ? [", in sweep ", el("code", {}, shown(target.run))] : null),
  ];
}

function accountDetails(account) {
  const at = account * 6;
  const open = targets.filter((target) => isOpen(reasonState[target.cells[account]]));
  const line = (target) => el("button", { type: "button", class: "link", onclick: () => select({ account, target: target.index, unit: -1 }, false) },
    mark(reasonState[target.cells[account]]), " " + serviceName(target.service) + ", " + target.region + ": " + reasons[target.cells[account]].reason);
  const states = STATES.map((state, index) => [state, byAccount[at + index]]).filter(([, many]) => many > 0);
  const joined = data.accounts.joined[account];
  return [
    fact("State of the account", data.accounts.stateNames[data.accounts.states[account]]),
    fact("Joined", joined ? time(joined) : ""),
    fact("Memberships", states.map(([state, many]) => number(many) + " " + state.name).join(", ")),
    fact("Not enrolled", points(open.slice(0, 100).map(line))),
  ];
}

function unitDetails(unit, target) {
  const sums = new Int32Array(6);
  for (const one of target ? [target] : targets) ofUnit(unit, one).counts.forEach((many, state) => (sums[state] += many));
  const total = sums.reduce((sum, many) => sum + many, 0) - sums[NOT_APPLICABLE];
  return [
    fact("Path", el("span", { class: "id" }, shown(units[unit].path.join(" / ")))),
    fact("Accounts", number(units[unit].size) + (foundOfUnit[unit] < units[unit].size ? ", " + number(foundOfUnit[unit]) + " with the filter" : "")),
    target ? [fact("Service", serviceName(target.service)), fact("Region", target.region)] : [],
    fact("Enrolled", percent(share(sums[ENROLLED], total)) + " of " + counted(total, "applicable membership")),
    fact("By state", points(STATES.map((state, index) => [index, sums[index]]).filter(([, many]) => many > 0).map(([index, many]) => [badge(index), " " + number(many)]))),
  ];
}

function writeDetails() {
  const { account, target, unit } = selection;
  const into = byId("details");
  const nothing = account < 0 && unit < 0;
  into.classList.toggle("nothing", nothing);
  if (nothing) {
    fill(into, el("h3", {}, "Nothing is selected"), el("p", { class: "soft" }, "Choose a cell, an account or an organizational unit. The address of this page keeps the filter and the selection: send it to show exactly this."), legend());
    return;
  }
  const of = target < 0 ? null : targets[target];
  if (unit >= 0) {
    fill(into, el("h3", {}, named(units[unit].title)), el("dl", {}, unitDetails(unit, of).flat()));
    return;
  }
  const name = accountName(account);
  fill(into, 
    el("h3", {}, name ? named(name) : accountId(account)),
    el("dl", {},
      fact("Account", el("span", { class: "id" }, accountId(account))),
      unitFact(data.accounts.units[account]),
      of ? [fact("Service", serviceName(of.service)), fact("Region", of.region)] : [],
      (of ? membershipDetails(account, of) : accountDetails(account)).flat()),
    el("p", { class: "hint" }, of ? el("button", { type: "button", class: "link", onclick: () => select({ account, target: -1, unit: -1 }, false) }, "All of this account") : null));
}

// What the marks of the map mean.
function legend() {
  return el("dl", {}, STATES.map((state, index) => [el("dt", {}, badge(index)), el("dd", {}, state.means)]),
    el("dt", {}, "\u25e5 above at the right"), el("dd", {}, "Excess: something is on that the policy does not ask for."),
    el("dt", {}, "\u25e3 below at the left"), el("dd", {}, "A change is planned for it."),
    el("dt", {}, "In a unit's row"), el("dd", {}, "The filled part is the share that is not enrolled and matches the filter, with the worst state's mark."));
}
