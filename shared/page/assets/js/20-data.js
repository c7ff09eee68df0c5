// The island of data, unpacked: a number for each account in each target, which is the index of a reason. No I/O.

const data = JSON.parse(byId("data").textContent);

const STATES = [
  { id: "enrolled", name: "enrolled", mark: "\u2713", means: "The service is on and so is every protection plan or scan type that the policy asks for and the region offers, as AWS showed it." },
  { id: "pending", name: "pending", mark: "~", means: "AWS is at work." },
  { id: "missing", name: "missing", mark: "\u2212", means: "Something is off that Rollcall can turn on." },
  { id: "blocked", name: "blocked", mark: "\u00d7", means: "Something stands in the way that a person must see to." },
  { id: "not-applicable", name: "not applicable", mark: "\u00b7", means: "Nothing is wanted: the region is off for the account, the policy leaves the account alone, or it is suspended or closed. It does not count." },
  { id: "unknown", name: "unknown", mark: "?", means: "It could not be observed. It counts as not enrolled." },
];
const [ENROLLED, PENDING, MISSING, BLOCKED, NOT_APPLICABLE, UNKNOWN] = [0, 1, 2, 3, 4, 5];
const stateIndex = new Map(STATES.map((state, index) => [state.id, index]));
const isOpen = (state) => state !== ENROLLED && state !== NOT_APPLICABLE;

const count = data.accounts.names.length;
const accountId = (account) => data.accounts.ids.slice(account * 12, account * 12 + 12);
const accountName = (account) => data.accounts.names[account];
const accountPlace = new Map();
for (let account = 0; account < count; account++) accountPlace.set(accountId(account), account);

const unitName = (unit) => data.unitNames[unit] || unit;
const units = data.accounts.paths.map((path) => {
  const below = path.filter((unit) => !unit.startsWith("r-"));
  const names = below.map(unitName);
  const name = names.pop() || (path.length ? "Root" : "Organizational unit not known");
  return { path, name, parents: names.join(" / "), title: [...names, name].join(" / "), first: 0, size: 0 };
});
data.accounts.units.forEach((unit, account) => {
  if (units[unit].size++ === 0) units[unit].first = account;
});

// Index 0 is what no gap says anything about.
const reasons = [{ state: "enrolled", reason: "enrolled", sentence: -1, plans: [] }];
for (const [kind, sentence, plans] of data.reasons) {
  const [state, reason] = data.kinds[kind - 1];
  reasons.push({ state, reason, sentence, plans });
}
const reasonState = Uint8Array.from(reasons, (reason) => stateIndex.get(reason.state));

// See `Column` in Rust.
function unpacked(column, Kind) {
  const values = new Kind(count);
  if (column === null) return values;
  if (Array.isArray(column)) {
    for (let run = 0, at = 0; run < column.length; at += column[run + 1], run += 2) {
      if (column[run] !== 0) values.fill(column[run], at, at + column[run + 1]);
    }
    return values;
  }
  const { width, palette, bits } = column;
  const bytes = atob(bits);
  if (width === 16) {
    const codes = Math.min(count, bytes.length >> 1);
    for (let at = 0; at < codes; at++) values[at] = palette[bytes.charCodeAt(2 * at) | (bytes.charCodeAt(2 * at + 1) << 8)];
    return values;
  }
  const perByte = 8 / width;
  const mask = (1 << width) - 1;
  // What fills up the last byte is code 0, and beyond the last account nothing is kept.
  for (let byte = 0, at = 0; byte < bytes.length; byte++) {
    const code = bytes.charCodeAt(byte);
    for (let place = 0; place < perByte && at < count; place++, at++) values[at] = palette[(code >> (place * width)) & mask];
  }
  return values;
}

// What a map's cell shows beside its state.
const EXCESS = 1, PLANNED = 2, REDUCTION = 4, CHANGED = 8;

const Cells = reasons.length > 65535 ? Uint32Array : Uint16Array;
const targets = data.targets.map((target, index) => ({
  ...target,
  index,
  cells: unpacked(target.cells, Cells),
  since: target.since === null ? null : unpacked(target.since, Uint32Array),
  flags: null,
}));
for (const target of targets) {
  target.has = (step, account) => (step.set ??= unpacked(step.accounts, Uint8Array))[account] === 1;
}

// Which accounts of a target have excess, something planned, a planned reduction, or were changed.
function flags(target) {
  if (target.flags) return target.flags;
  target.flags = new Uint8Array(count);
  const add = (steps, flag, ofReduction) => {
    for (const step of steps.filter((step) => step.accounts !== null)) {
      const set = (step.set ??= unpacked(step.accounts, Uint8Array));
      const bits = flag | (step.reduces ? ofReduction : 0);
      for (let account = 0; account < count; account++) if (set[account]) target.flags[account] |= bits;
    }
  };
  add(target.excess, EXCESS, 0);
  add(target.planned, PLANNED, REDUCTION);
  add(target.changes.filter((step) => step.fate === undefined), CHANGED, 0);
  return target.flags;
}

// A text of the table, with its placeholders filled in; without an account or region, by what they stand for.
function text(index, region, account) {
  const template = data.texts[index];
  return template.replace(/\u0001/g, region || "\u2039region\u203a").replace(/\u0002/g, account || "\u2039account\u203a");
}
const sentence = (reason, region, account) =>
  reason === 0 ? "enrolled, with all desired features on" : text(reasons[reason].sentence, region, account);

// Everything counted once: each account's states, each unit's in each target, each reason's memberships.
const byAccount = new Int32Array(count * 6);
const byUnit = new Int32Array(units.length * targets.length * 6);
const byReason = new Int32Array(reasons.length);
for (const { cells, index } of targets) {
  for (let account = 0; account < count; account++) {
    const reason = cells[account], state = reasonState[reason];
    byReason[reason]++;
    byAccount[account * 6 + state]++;
    byUnit[(data.accounts.units[account] * targets.length + index) * 6 + state]++;
  }
}
const openOf = (account) => {
  const at = account * 6;
  return byAccount[at + PENDING] + byAccount[at + MISSING] + byAccount[at + BLOCKED] + byAccount[at + UNKNOWN];
};

const regionNames = [...new Set(targets.map((target) => target.region))].sort();
const serviceIds = [...new Set([...Object.keys(data.services), ...targets.map((target) => target.service)])].sort();
const targetOf = new Map(targets.map((target) => [target.service + "/" + target.region, target]));
