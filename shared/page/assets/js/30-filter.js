// What is searched and selected, kept in the address; which memberships it leaves. No I/O but the address.

const filter = { q: "", service: "", region: "", reason: "", plan: "", with: "", states: new Set() };
const WITH = { excess: EXCESS, planned: PLANNED, reduction: REDUCTION, changed: CHANGED };

// The selection: an account, a membership (account and target), or a unit.
let selection = { account: -1, target: -1, unit: -1 };

// What the filter leaves.
const found = {
  accounts: new Uint8Array(count).fill(1), // whether the account is shown
  targets: new Uint8Array(targets.length).fill(1), // whether the target is shown
  reasons: null, // whether a reason matches; `null` for all of them
  marks: null, // what a membership must have beside its state; `null` for nothing
  plans: null, // for each target the accounts that a plan has to do with by more than their reason
  units: new Int32Array(units.length * targets.length * 6), // how many memberships of a unit match in a target, by state
  memberships: 0,
  shownAccounts: count,
};

const matches = (target, account) =>
  (found.reasons === null || found.reasons[target.cells[account]] === 1 || (found.plans && found.plans[target.index][account] === 1)) &&
  (found.marks === null || (flags(target)[account] & found.marks) !== 0);

const narrowsCells = () => filter.reason !== "" || filter.plan !== "" || filter.with !== "" || filter.states.size > 0;

// Which accounts of a target have to do with a plan by more than their reason.
function planMarks(target, plan) {
  const marks = new Uint8Array(count);
  for (const step of [...target.excess, ...target.planned]) {
    if (!step.plans || !step.plans.includes(plan) || step.accounts === null) continue;
    const set = (step.set ??= unpacked(step.accounts, Uint8Array));
    for (let account = 0; account < count; account++) marks[account] |= set[account];
  }
  return marks;
}

function searched() {
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return new Uint8Array(count).fill(1);
  const inUnits = units.map((unit) => (unit.title + " " + unit.path.join(" ")).toLowerCase());
  const fits = new Uint8Array(count);
  for (let account = 0; account < count; account++) {
    const own = (accountId(account) + " " + accountName(account)).toLowerCase();
    const unit = inUnits[data.accounts.units[account]];
    if (words.every((word) => own.includes(word) || unit.includes(word))) fits[account] = 1;
  }
  return fits;
}

function apply() {
  found.targets = Uint8Array.from(targets, (target) =>
    (filter.service === "" || target.service === filter.service) && (filter.region === "" || target.region === filter.region) ? 1 : 0);
  const plan = filter.plan === "" ? -1 : data.plans.indexOf(filter.plan);
  const fits = (reason, index, ofPlan) =>
    (filter.states.size === 0 || filter.states.has(STATES[reasonState[index]].id)) &&
    (filter.reason === "" || reason.reason === filter.reason) &&
    (!ofPlan || filter.plan === "" || reason.plans.includes(plan));
  const narrowsReasons = filter.reason !== "" || filter.plan !== "" || filter.states.size > 0;
  found.reasons = narrowsReasons ? Uint8Array.from(reasons, (reason, index) => (fits(reason, index, true) ? 1 : 0)) : null;
  found.plans = null;
  if (plan >= 0) {
    const others = Uint8Array.from(reasons, (reason, index) => (fits(reason, index, false) ? 1 : 0));
    found.plans = targets.map((target) => planMarks(target, plan).map((mark, account) => mark & others[target.cells[account]]));
  }
  found.marks = filter.with === "" ? null : WITH[filter.with];
  const fitting = searched();
  const cells = new Int32Array(count);
  const shownTargets = targets.filter((target) => found.targets[target.index]);
  found.units.fill(0);
  for (const target of shownTargets) {
    for (let account = 0; account < count; account++) {
      if (fitting[account] === 0 || !matches(target, account)) continue;
      cells[account]++;
      found.units[(data.accounts.units[account] * targets.length + target.index) * 6 + reasonState[target.cells[account]]]++;
    }
  }
  found.memberships = 0;
  found.shownAccounts = 0;
  for (let account = 0; account < count; account++) {
    const shows = fitting[account] === 1 && (cells[account] > 0 || !narrowsCells());
    found.accounts[account] = shows ? 1 : 0;
    found.memberships += shows ? cells[account] : 0;
    found.shownAccounts += shows ? 1 : 0;
  }
}

const isFiltered = () => filter.q.trim() !== "" || filter.service !== "" || filter.region !== "" || narrowsCells();

function selected() {
  const { account, target, unit } = selection;
  if (unit >= 0) return units[unit].path.join("/");
  if (account < 0) return "";
  return accountId(account) + (target >= 0 ? "/" + targets[target].service + "/" + targets[target].region : "");
}

function address() {
  const parts = new URLSearchParams();
  for (const key of ["q", "service", "region", "reason", "plan", "with"]) if (filter[key]) parts.set(key, filter[key]);
  if (filter.states.size) parts.set("state", STATES.filter((state) => filter.states.has(state.id)).map((state) => state.id).join(","));
  if (selected()) parts.set("selected", selected());
  return parts.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
}

const keepAddress = later(() => {
  const wanted = address();
  if (wanted !== location.hash.slice(1)) history.replaceState(null, "", wanted ? "#" + wanted : location.pathname + location.search);
}, 120);

// What the address says; what it names and this document does not have is left out.
function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const one = (key, known) => (known.includes(parts.get(key)) ? parts.get(key) : "");
  filter.q = parts.get("q") || "";
  filter.service = one("service", serviceIds);
  filter.region = one("region", regionNames);
  filter.reason = one("reason", reasons.map((reason) => reason.reason));
  filter.plan = one("plan", data.plans);
  filter.with = one("with", Object.keys(WITH));
  filter.states = new Set((parts.get("state") || "").split(",").filter((state) => stateIndex.has(state)));
  selection = { account: -1, target: -1, unit: -1 };
  const wanted = parts.get("selected") || "";
  const [id, service, region] = wanted.split("/");
  if (accountPlace.has(id)) {
    const target = targetOf.get(service + "/" + region);
    selection = { account: accountPlace.get(id), target: target ? target.index : -1, unit: -1 };
  } else if (wanted) {
    selection.unit = units.findIndex((unit) => unit.path.join("/") === wanted);
  }
}
