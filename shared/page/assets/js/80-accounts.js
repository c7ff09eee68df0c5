// The accounts as a table, worst first, a page at a time; the same filter as the map's. No I/O but the page itself.

const PAGE = 25, PRINTED = 500, UNITS = 200;
const accountPages = { page: 0, size: PAGE, order: [] };

const enrolledOf = (account) => byAccount[account * 6 + ENROLLED];
const worstFirst = Array.from({ length: count }, (_, account) => account).sort((one, other) =>
  openOf(other) - openOf(one) || enrolledOf(one) - enrolledOf(other) || one - other);

// The reason that most of an account's memberships are not enrolled for.
function mainReason(account) {
  const many = new Map();
  for (const target of targets) {
    const reason = target.cells[account];
    if (isOpen(reasonState[reason])) many.set(reasons[reason].reason, (many.get(reasons[reason].reason) || 0) + 1);
  }
  const [first] = [...many].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
  return first ? [el("code", {}, first[0]), many.size > 1 ? " and " + (many.size - 1) + " more" : ""] : "";
}

function accountRow(account) {
  const at = account * 6, open = openOf(account), total = open + enrolledOf(account);
  const name = accountName(account), state = data.accounts.stateNames[data.accounts.states[account]];
  return el("tr", {},
    el("th", { scope: "row" }, el("button", { type: "button", class: "link", onclick: () => select({ account, target: -1, unit: -1 }, true) },
      name ? [named(name), el("br")] : null, el("span", { class: "id soft" }, accountId(account)))),
    el("td", {}, named(units[data.accounts.units[account]].title), state === "ACTIVE" ? null : [el("br"), el("span", { class: "soft" }, state)]),
    el("td", { class: "n" }, total ? percent(share(enrolledOf(account), total)) : "\u2013"),
    [BLOCKED, UNKNOWN, MISSING, PENDING, ENROLLED, NOT_APPLICABLE].map((state) => el("td", { class: "n" }, byAccount[at + state] ? number(byAccount[at + state]) : "\u2013")),
    el("td", {}, mainReason(account)));
}

function writeAccounts() {
  const { order, size } = accountPages;
  const last = Math.max(0, Math.ceil(order.length / size) - 1);
  accountPages.page = Math.min(accountPages.page, last);
  const from = accountPages.page * size, here = order.slice(from, from + size);
  const turn = (page) => () => {
    accountPages.page = page;
    writeAccounts();
    byId("announce").textContent = "Accounts " + number(page * size + 1) + " to " + number(Math.min(order.length, (page + 1) * size));
    byId(page === 0 || page === last ? "pager-place" : page > from / size ? "pager-next" : "pager-back").focus();
  };
  const page = accountPages.page;
  const heads = [["Account"], ["Organizational unit"], ["Enrolled", "n"], ["Blocked", "n"], ["Unknown", "n"], ["Missing", "n"], ["Pending", "n"], ["Enrolled", "n"], ["Not applicable", "n"], ["Main reason"]];
  heads[2][0] = "Share";
  const whole = order.length === count ? counted(count, "account") : counted(order.length, "account") + " of " + number(count) + ", by the filter of the map";
  fill(byId("accounts"),
    el("div", { class: "scroll" }, el("table", {},
      el("caption", {}, whole + "; memberships in all services and regions. " + (order.length > here.length ? number(from + 1) + " to " + number(from + here.length) + " are shown." : "")),
      el("thead", {}, el("tr", {}, heads.map(([title, kind]) => el("th", { scope: "col", class: kind }, title)))),
      el("tbody", {}, here.map(accountRow)))),
    last > 0 ? el("div", { class: "pager" },
      el("button", { type: "button", id: "pager-back", disabled: page === 0, onclick: turn(page - 1) }, "Previous"),
      el("span", { id: "pager-place", tabindex: "-1" }, "Page " + number(page + 1) + " of " + number(last + 1)),
      el("button", { type: "button", id: "pager-next", disabled: page === last, onclick: turn(page + 1) }, "Next")) : null);
}

// The organizational units, worst first: what the map shows folded, as a table.
function writeUnits() {
  const counts = units.map(() => new Int32Array(6));
  const services = units.map(() => serviceIds.map(() => [0, 0]));
  for (const target of targets) {
    const service = serviceIds.indexOf(target.service);
    units.forEach((_, unit) => {
      const of = ofUnit(unit, target);
      of.counts.forEach((many, state) => (counts[unit][state] += many));
      services[unit][service][0] += of.enrolled;
      services[unit][service][1] += of.applicable;
    });
  }
  const open = (unit) => counts[unit][BLOCKED] + counts[unit][UNKNOWN] + counts[unit][MISSING] + counts[unit][PENDING];
  const order = [...units.keys()].sort((one, other) => open(other) - open(one) || one - other);
  const row = (unit) => el("tr", {},
    el("th", { scope: "row" }, el("button", { type: "button", class: "link", onclick: () => select({ account: -1, target: -1, unit }, true) }, named(units[unit].title))),
    el("td", { class: "n" }, number(units[unit].size)),
    services[unit].map(([enrolled, all]) => el("td", { class: "n" }, all ? percent(share(enrolled, all)) : "\u2013")),
    [BLOCKED, UNKNOWN, MISSING, PENDING, ENROLLED, NOT_APPLICABLE].map((state) => el("td", { class: "n" }, counts[unit][state] ? number(counts[unit][state]) : "\u2013")));
  const heads = ["Organizational unit", ["Accounts"], ...serviceIds.map((service) => [serviceName(service)]), ["Blocked"], ["Unknown"], ["Missing"], ["Pending"], ["Enrolled"], ["Not applicable"]];
  const shownUnits = order.slice(0, UNITS);
  const rest = order.length - shownUnits.length;
  byId("units").append(el("details", {}, el("summary", {}, counted(units.length, "organizational unit") + ", worst first"),
    table("Accounts directly in each unit, without the filter." + (rest ? " " + number(rest) + " more are on the map." : ""), heads, shownUnits.map(row))));
}

function accountsChanged() {
  accountPages.order = worstFirst.filter((account) => found.accounts[account]);
  accountPages.page = 0;
  accountPages.size = PAGE;
  writeAccounts();
}

// On paper, as many as make sense, those that are fully enrolled last.
function accountsForPrint(printing) {
  accountPages.size = printing ? PRINTED : PAGE;
  accountPages.page = 0;
  writeAccounts();
}
