// The map's pointer and keyboard: a cursor that is the selection, told to assistive technology. No I/O but the page itself.

const cursors = [byId("cursor-a"), byId("cursor-b")];

// A short sentence on what the cursor is at.
function spoken({ account, target, unit }) {
  if (unit >= 0) {
    const name = shown(units[unit].title) + ", unit with " + counted(units[unit].size, "account");
    if (target < 0) return name;
    const { enrolled, applicable } = ofUnit(unit, targets[target]);
    return name + ", " + serviceName(targets[target].service) + ", " + targets[target].region + ": " + number(enrolled) + " of " + number(applicable) + " enrolled";
  }
  const name = (shown(accountName(account)) + " " + accountId(account)).trim();
  if (target < 0) return name + ", " + (openOf(account) ? counted(openOf(account), "membership") + " not enrolled" : "all applicable memberships enrolled");
  const reason = targets[target].cells[account], state = reasonState[reason];
  return name + ", " + serviceName(targets[target].service) + ", " + targets[target].region + ": " + STATES[state].name + (reason ? ", " + reasons[reason].reason : "");
}

function selectionAt({ row, column }) {
  const target = column >= 0 && map.columns[column] ? map.columns[column].target.index : -1;
  return { account: rowAccount(row), unit: rowUnit(row), target };
}

// Puts the cursor's element where the cursor is; two take turns, so that each move is told.
function placeCursor() {
  const { row, column } = map.cursor;
  for (const cursor of cursors) cursor.classList.remove("here");
  scroller.setAttribute("aria-rowcount", String(map.rows.length));
  scroller.setAttribute("aria-colcount", String(map.columns.length + 1));
  if (row < 0 || row >= map.rows.length) {
    scroller.removeAttribute("aria-activedescendant");
    return;
  }
  cursors.reverse();
  const [cursor] = cursors;
  const at = column >= 0 ? map.columns[column].x : 0;
  cursor.style.transform = "translate(" + at + "px," + (ABOVE + row * ROW) + "px)";
  cursor.style.left = cursor.style.top = "0";
  cursor.style.width = (column >= 0 ? map.cell : LABEL - 4) + "px";
  cursor.style.height = ROW + "px";
  cursor.setAttribute("aria-label", spoken(selectionAt(map.cursor)));
  cursor.setAttribute("aria-colindex", String(column + 2));
  byId("cursor-row").setAttribute("aria-rowindex", String(row + 1));
  cursor.classList.add("here");
  scroller.setAttribute("aria-activedescendant", cursor.id);
}

// Scrolls so that the cursor is in view, beside the labels and below the head.
function reveal() {
  const { row, column } = map.cursor;
  if (row < 0) return;
  const y = row * ROW, height = scroller.clientHeight - ABOVE;
  if (y < scroller.scrollTop) scroller.scrollTop = y;
  else if (y + ROW > scroller.scrollTop + height) scroller.scrollTop = y + ROW - height + 4;
  if (column < 0) return;
  const x = map.columns[column].x;
  if (x - LABEL < scroller.scrollLeft) scroller.scrollLeft = x - LABEL;
  else if (x + map.cell > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = x + map.cell - scroller.clientWidth + 6;
}

function moveTo(place) {
  map.cursor = { row: Math.min(Math.max(place.row, 0), map.rows.length - 1), column: Math.min(Math.max(place.column, -1), map.columns.length - 1) };
  if (map.rows.length === 0) return;
  selection = selectionAt(map.cursor);
  reveal();
  placeCursor();
  writeDetails();
  drawSoon();
  keepAddress();
}

// Selects what may be folded away or scrolled out of sight.
function select(wanted, focus) {
  selection = wanted;
  if (wanted.account >= 0) {
    if (!found.accounts[wanted.account] || (wanted.target >= 0 && !found.targets[wanted.target])) return show({});
    map.folded.delete(data.accounts.units[wanted.account]);
  }
  if (wanted.unit >= 0 && foundOfUnit[wanted.unit] === 0) return show({});
  rowsChanged();
  if (focus) {
    jump("map-title");
    scroller.focus({ preventScroll: true });
  }
}

function fold(unit) {
  if (map.folded.has(unit)) map.folded.delete(unit);
  else map.folded.add(unit);
  rowsChanged();
}

// The next membership that is applicable, not enrolled and matches, in reading order; by way of folded units too.
function nextOpen(step) {
  const order = map.columns.map(({ target }) => target);
  const shownAccounts = [];
  for (let account = 0; account < count; account++) if (found.accounts[account] && openOf(account) > 0) shownAccounts.push(account);
  const isAt = (account, target) => isOpen(reasonState[target.cells[account]]) && matches(target, account);
  // A unit's row comes before its first account.
  const here = selection.unit >= 0 ? units[selection.unit].first - 0.5 : selection.account;
  const column = selection.unit >= 0 ? -1 : map.cursor.column;
  const sequence = step > 0 ? shownAccounts : shownAccounts.reverse();
  for (const account of sequence) {
    if (step > 0 ? account < here : here >= 0 && account > here) continue;
    const columns = [...order.keys()].filter((at) => account !== here || (step > 0 ? at > column : at < column));
    const at = (step > 0 ? columns : columns.reverse()).find((at) => isAt(account, order[at]));
    if (at !== undefined) return select({ account, target: order[at].index, unit: -1 }, false);
  }
  byId("announce").textContent = "No further membership that is not enrolled.";
}

function keyed(event) {
  if (event.altKey || event.metaKey) return;
  const { row, column } = map.cursor.row < 0 ? { row: -1, column: -1 } : map.cursor;
  const page = Math.max(1, Math.floor((scroller.clientHeight - ABOVE) / ROW) - 1);
  const far = event.ctrlKey;
  const moves = {
    ArrowDown: () => moveTo({ row: row + 1, column }),
    ArrowUp: () => moveTo({ row: row - 1, column }),
    ArrowRight: () => moveTo({ row: Math.max(row, 0), column: column + 1 }),
    ArrowLeft: () => moveTo({ row: Math.max(row, 0), column: column - 1 }),
    PageDown: () => moveTo({ row: row + page, column }),
    PageUp: () => moveTo({ row: row - page, column }),
    Home: () => moveTo({ row: far ? 0 : row, column: -1 }),
    End: () => moveTo({ row: far ? map.rows.length - 1 : row, column: map.columns.length - 1 }),
    Escape: () => select({ account: -1, target: -1, unit: -1 }, false),
    n: () => nextOpen(1),
    p: () => nextOpen(-1),
    Enter: () => rowUnit(row) >= 0 && fold(rowUnit(row)),
    " ": () => rowUnit(row) >= 0 && fold(rowUnit(row)),
  };
  const move = moves[event.key];
  if (!move || (far && !["Home", "End"].includes(event.key))) return;
  event.preventDefault();
  move();
}

function pointed(event) {
  const box = scroller.getBoundingClientRect();
  const x = event.clientX - box.left - scroller.clientLeft, y = event.clientY - box.top - scroller.clientTop;
  return x > scroller.clientWidth || y > scroller.clientHeight ? null : placeAt(x, y, scroller.scrollLeft, scroller.scrollTop);
}

function hovered(event) {
  const place = pointed(event), tip = byId("tip");
  const row = place ? place.row : -1;
  if (row !== map.hover.row) {
    map.hover.row = row;
    drawSoon();
  }
  tip.hidden = place === null;
  if (!place) return;
  tip.textContent = spoken(selectionAt(place));
  const right = event.clientX + 16 + tip.offsetWidth > innerWidth;
  tip.style.left = (right ? event.clientX - 12 - tip.offsetWidth : event.clientX + 16) + "px";
  tip.style.top = Math.min(event.clientY + 16, innerHeight - tip.offsetHeight - 8) + "px";
}

function listenToMap() {
  scroller.addEventListener("scroll", drawSoon, { passive: true });
  scroller.addEventListener("keydown", keyed);
  scroller.addEventListener("focus", () => map.cursor.row < 0 && map.rows.length > 0 && moveTo({ row: Math.floor(scroller.scrollTop / ROW), column: -1 }));
  scroller.addEventListener("pointermove", hovered);
  scroller.addEventListener("pointerleave", () => {
    byId("tip").hidden = true;
    map.hover.row = -1;
    drawSoon();
  });
  scroller.addEventListener("click", (event) => {
    const place = pointed(event);
    if (!place) return;
    moveTo(place);
    if (rowUnit(place.row) >= 0 && place.column < 0) fold(rowUnit(place.row));
  });
  new ResizeObserver(drawSoon).observe(scroller);
}
