// What is not covered, by reason, most frequent first: the sentence, and what to do. No I/O but the page itself.

// Reasons with the same state and code are one group, of which the sentences are told.
function reasonGroups() {
  const groups = new Map();
  const groupOf = reasons.map((reason, index) => {
    if (index === 0 || byReason[index] === 0) return null;
    const key = reason.state + " " + reason.reason;
    if (!groups.has(key)) {
      groups.set(key, { state: reasonState[index], reason: reason.reason, memberships: 0, accounts: 0, seen: new Uint8Array(count), targets: new Set(), sentences: new Map(), oldest: Infinity });
    }
    const group = groups.get(key);
    group.memberships += byReason[index];
    return group;
  });
  for (const target of targets) {
    for (let account = 0; account < count; account++) {
      const reason = target.cells[account];
      const group = groupOf[reason];
      if (!group) continue;
      if (group.seen[account] === 0) {
        group.seen[account] = 1;
        group.accounts++;
      }
      group.targets.add(target);
      if (target.since !== null && target.since[account] > 0) group.oldest = Math.min(group.oldest, data.times[target.since[account] - 1]);
      const place = group.sentences.get(reason);
      if (place === undefined) group.sentences.set(reason, { memberships: 1, region: target.region, account });
      else {
        place.memberships++;
        if (place.region !== target.region) place.region = null;
      }
    }
  }
  return [...groups.values()].sort((one, other) => other.memberships - one.memberships || (one.reason < other.reason ? -1 : 1));
}

const SENTENCES = 3;

function sentenceList(group) {
  const all = [...group.sentences].sort(([, one], [, other]) => other.memberships - one.memberships);
  const lines = all.slice(0, SENTENCES).map(([reason, place]) => {
    const told = sentence(reason, place.region, place.memberships === 1 ? accountId(place.account) : null);
    return el("li", {}, all.length > 1 ? el("span", { class: "soft" }, number(place.memberships) + ": ") : null, el("bdi", {}, shown(told)));
  });
  const more = all.length - SENTENCES;
  if (more > 0) lines.push(el("li", { class: "soft" }, "and " + counted(more, "more sentence") + ", at their memberships"));
  return el("ul", { class: "sentences" }, lines);
}

function reasonTable(groups, caption) {
  const rows = groups.map((group) => el("tr", {},
    el("td", { class: "n" }, el("strong", {}, number(group.memberships)), el("br"), el("span", { class: "soft" }, counted(group.accounts, "account"), group.oldest < Infinity ? [el("br"), el("span", { title: "Since when the first of them is so" }, "oldest " + day(group.oldest))] : null)),
    el("td", {}, badge(group.state), el("br"), el("code", {}, group.reason), el("br"),
      el("button", { type: "button", class: "link show", "aria-label": "Show " + group.reason + " on the map", onclick: () => show({ reason: group.reason, states: new Set([STATES[group.state].id]) }) }, "Show on the map")),
    el("td", {}, sentenceList(group)),
    el("td", { class: "todo" }, data.advice[group.reason] || ""),
    el("td", {}, places([...group.targets]))));
  return el("div", { class: "scroll" }, el("table", { class: "reasons" },
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "n" }, "Memberships"), ["State and reason", "Why", "What to do", "Where"].map((title) => el("th", { scope: "col" }, title)))),
    el("tbody", {}, rows)));
}

const FIRST = 5;

// The most frequent reasons, for the first view.
function writeFirstReasons(open) {
  if (open.length === 0) return;
  const line = (group) => el("li", {}, el("button", { type: "button", class: "link", title: "Show on the map", onclick: () => show({ reason: group.reason, states: new Set([STATES[group.state].id]) }) },
    mark(group.state), el("span", { class: "n" }, number(group.memberships)), el("code", {}, group.reason)));
  byId("cards").append(el("article", { class: "card first" },
    el("h3", {}, "Not enrolled, by reason"),
    el("ul", { class: "first-reasons" }, open.slice(0, FIRST).map(line)),
    el("p", { class: "line" }, el("button", { type: "button", class: "link show", onclick: () => jump("reasons-title") },
      open.length > FIRST ? "Why, what to do, and " + counted(open.length - FIRST, "more reason") : "Why, and what to do"))));
}

function writeReasons() {
  const groups = reasonGroups();
  const open = groups.filter((group) => isOpen(group.state));
  const rest = groups.filter((group) => !isOpen(group.state));
  writeFirstReasons(open);
  const into = byId("reasons");
  if (open.length) into.append(reasonTable(open, "Memberships that are applicable and not enrolled, most frequent reason first."));
  else into.append(el("p", {}, applicable(data.totals) ? "Nothing: every applicable membership is enrolled." : "No membership is applicable."));
  if (rest.length) {
    const all = rest.reduce((sum, group) => sum + group.memberships, 0);
    into.append(el("details", {}, el("summary", {}, "Not applicable: " + counted(all, "membership") + ", which do not count"),
      reasonTable(rest, "Memberships of which nothing is wanted, and why.")));
  }
}
