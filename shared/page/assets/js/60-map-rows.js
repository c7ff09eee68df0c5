// Where things are on the map: rows of units and accounts, columns of regions and services. No I/O.

const ROW = 20, LABEL = 270, GAP = 5, ABOVE = 118;

// So many accounts are shown at once without folding units.
const UNFOLDED = 400;

const map = {
  rows: new Int32Array(0), // an account, or −1 − unit
  columns: [], // targets with their place, from left to right
  regions: [], // regions with their place
  cell: 14,
  width: 0,
  folded: new Set(count > UNFOLDED ? units.keys() : []),
  cursor: { row: -1, column: -1 }, // column −1 is the label
  hover: { row: -1, column: -1 },
};

const rowUnit = (row) => (map.rows[row] < 0 ? -1 - map.rows[row] : -1);
const rowAccount = (row) => (map.rows[row] >= 0 ? map.rows[row] : -1);
const foundOfUnit = new Int32Array(units.length);

function layOutRows() {
  const rows = [];
  units.forEach((unit, index) => {
    const accounts = [];
    for (let account = unit.first; account < unit.first + unit.size; account++) if (found.accounts[account]) accounts.push(account);
    foundOfUnit[index] = accounts.length;
    if (accounts.length === 0) return;
    rows.push(-1 - index);
    if (!map.folded.has(index)) for (const account of accounts) rows.push(account);
  });
  map.rows = Int32Array.from(rows);
}

function layOutColumns() {
  map.columns = [];
  map.regions = [];
  const services = serviceIds.filter((service) => targets.some((target) => found.targets[target.index] && target.service === service));
  map.cell = services.length > 1 ? 14 : 22;
  let x = LABEL;
  for (const region of regionNames) {
    const here = services.map((service) => targetOf.get(service + "/" + region)).filter((target) => target && found.targets[target.index]);
    if (here.length === 0) continue;
    const width = services.length * map.cell;
    map.regions.push({ region, x, width });
    services.forEach((service, place) => {
      const target = here.find((target) => target.service === service);
      if (target) map.columns.push({ target, x: x + place * map.cell });
    });
    x += width + GAP;
  }
  map.width = Math.max(x, LABEL + 40);
}

// Units are unfolded where the filter leaves few accounts, or the selection is in them.
function unfoldFound() {
  if (isFiltered() && found.shownAccounts <= UNFOLDED) map.folded.clear();
  if (selection.account >= 0) map.folded.delete(data.accounts.units[selection.account]);
}

function placeOf({ account, target, unit }) {
  const wanted = unit >= 0 ? -1 - unit : account;
  return {
    row: unit < 0 && account < 0 ? -1 : map.rows.indexOf(wanted),
    column: target < 0 ? -1 : map.columns.findIndex((column) => column.target.index === target),
  };
}

// What is at a point of the map's content; `null` where nothing is.
function placeAt(x, y, left, top) {
  const row = Math.floor((y - ABOVE + top) / ROW);
  if (y < ABOVE || row < 0 || row >= map.rows.length) return null;
  if (x < LABEL) return { row, column: -1 };
  const column = map.columns.findIndex((column) => x + left >= column.x && x + left < column.x + map.cell);
  return column < 0 ? null : { row, column };
}

// The state of a unit in a target that is told of it: the worst that one of its accounts has, and how many are so.
const WORST = [BLOCKED, UNKNOWN, MISSING, PENDING, ENROLLED, NOT_APPLICABLE];
const worstOf = (counts) => WORST.find((state) => counts[state] > 0);

function ofUnit(unit, target) {
  const at = (unit * targets.length + target.index) * 6;
  const counts = byUnit.subarray(at, at + 6);
  return { counts, worst: worstOf(counts) ?? NOT_APPLICABLE, applicable: units[unit].size - counts[NOT_APPLICABLE], enrolled: counts[ENROLLED] };
}

// The same of what the filter leaves: the worst state that matches, and the share of the unit that matches and is open.
function foundInUnit(unit, target) {
  const at = (unit * targets.length + target.index) * 6;
  const counts = found.units.subarray(at, at + 6);
  const { applicable } = ofUnit(unit, target);
  const open = counts[PENDING] + counts[MISSING] + counts[BLOCKED] + counts[UNKNOWN];
  return { worst: worstOf(counts), share: applicable ? open / applicable : 0 };
}
