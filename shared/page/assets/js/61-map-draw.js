// The map drawn: what is visible of it, on a canvas; a state has a shape as well as a colour. No I/O but the page itself.

const canvas = byId("canvas");
const pen = canvas.getContext("2d");
const scroller = byId("map");
const paint = { sprites: null, colours: {}, scale: 1, asked: false };

// Colours as the style sheet has them for the present theme.
function readColours() {
  const probe = el("span", { hidden: true });
  document.body.append(probe);
  const read = (name) => {
    probe.style.color = "var(--" + name + ")";
    return getComputedStyle(probe).color;
  };
  for (const name of ["paper", "panel", "ink", "soft", "line", "focus", "link"]) paint.colours[name] = read(name);
  paint.states = STATES.map((state) => ({ ground: read(state.id), mark: read("on-" + state.id) }));
  probe.remove();
}

// The shapes: a dash for missing, a cross for blocked, a wave for pending, a dot for nothing wanted, a question mark.
function shape(context, state, x, y, width, height) {
  const middle = x + width / 2, centre = y + height / 2, reach = 3.4;
  context.lineWidth = 1.8;
  context.lineCap = "round";
  context.beginPath();
  if (state === MISSING) {
    context.moveTo(middle - reach, centre);
    context.lineTo(middle + reach, centre);
  } else if (state === BLOCKED) {
    context.moveTo(middle - reach, centre - reach);
    context.lineTo(middle + reach, centre + reach);
    context.moveTo(middle + reach, centre - reach);
    context.lineTo(middle - reach, centre + reach);
  } else if (state === PENDING) {
    context.moveTo(middle - 4, centre + 1);
    context.bezierCurveTo(middle - 2, centre - 4, middle + 2, centre + 4, middle + 4, centre - 1);
  } else if (state === NOT_APPLICABLE) {
    context.arc(middle, centre, 0.6, 0, 7);
  } else if (state === UNKNOWN) {
    context.font = "700 11px ui-monospace, Menlo, Consolas, monospace";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText("?", middle, centre + 0.5);
    return;
  }
  context.stroke();
}

// Each state once, drawn in advance.
function makeSprites() {
  const width = map.cell, height = ROW;
  const sheet = el("canvas", { width: Math.ceil(width * paint.scale) * STATES.length, height: Math.ceil(height * paint.scale) });
  const context = sheet.getContext("2d");
  STATES.forEach((_, state) => {
    const { ground, mark } = paint.states[state];
    context.setTransform(paint.scale, 0, 0, paint.scale, state * Math.ceil(width * paint.scale), 0);
    context.fillStyle = ground;
    context.fillRect(1, 1, width - 2, height - 2);
    context.fillStyle = context.strokeStyle = mark;
    shape(context, state, 1, 1, width - 2, height - 2);
  });
  paint.sprites = sheet;
}

function drawCell(state, x, y) {
  const width = Math.ceil(map.cell * paint.scale), height = Math.ceil(ROW * paint.scale);
  pen.drawImage(paint.sprites, state * width, 0, width, height, x, y, width / paint.scale, height / paint.scale);
}

// What is left of a text when it has to fit.
function fitted(text, width) {
  if (pen.measureText(text).width <= width) return text;
  let length = Math.max(3, Math.floor((text.length * width) / pen.measureText(text).width));
  while (length > 1 && pen.measureText(text.slice(0, length) + "\u2026").width > width) length--;
  return text.slice(0, length) + "\u2026";
}

function drawAccount(account, y, left) {
  for (const { target, x } of map.columns) {
    const at = x - left;
    if (at < LABEL - map.cell || at > canvas.clientWidth) continue;
    pen.globalAlpha = matches(target, account) ? 1 : 0.22;
    drawCell(reasonState[target.cells[account]], at, y);
    const bits = flags(target)[account];
    if (bits & EXCESS) corner(at + map.cell - 1, y + 1, -5, 5);
    if (bits & PLANNED) corner(at + 1, y + ROW - 1, 5, -5);
  }
  pen.globalAlpha = 1;
}

// A small triangle: above at the right excess, below at the left something planned.
function corner(x, y, across, down) {
  pen.fillStyle = paint.colours.ink;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + across, y);
  pen.lineTo(x, y + down);
  pen.fill();
}

function drawUnit(unit, y, left) {
  for (const { target, x } of map.columns) {
    const at = x - left;
    if (at < LABEL - map.cell || at > canvas.clientWidth) continue;
    const { worst: matching, share } = foundInUnit(unit, target);
    const { worst: all, applicable, enrolled } = ofUnit(unit, target);
    pen.globalAlpha = matching === undefined ? 0.22 : 1;
    const worst = matching ?? all;
    const open = matching === undefined ? 1 - enrolled / Math.max(applicable, 1) : share;
    if (!isOpen(worst) || open === 1) {
      drawCell(worst, at, y);
      continue;
    }
    // The lower part that is not enrolled, never too thin to be seen; above it the rest, of which a filter says nothing.
    pen.fillStyle = paint.states[narrowsCells() ? NOT_APPLICABLE : ENROLLED].ground;
    pen.fillRect(at + 1, y + 1, map.cell - 2, ROW - 2);
    const height = Math.max(5, Math.round((ROW - 2) * open));
    pen.fillStyle = paint.states[worst].ground;
    pen.fillRect(at + 1, y + ROW - 1 - height, map.cell - 2, height);
    const inside = height >= 9;
    pen.fillStyle = pen.strokeStyle = inside ? paint.states[worst].mark : paint.colours.ink;
    shape(pen, worst, at + 1, inside ? y + ROW - 1 - height : y + 1, map.cell - 2, inside ? height : ROW - 2 - height);
  }
  pen.globalAlpha = 1;
}

function drawLabel(row, y) {
  const unit = rowUnit(row), account = rowAccount(row);
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = paint.colours.ink;
  if (unit >= 0) {
    const shownOf = foundOfUnit[unit] === units[unit].size ? number(units[unit].size) : number(foundOfUnit[unit]) + " of " + number(units[unit].size);
    pen.font = "12.5px system-ui, sans-serif";
    const width = pen.measureText(shownOf).width;
    pen.fillStyle = paint.colours.soft;
    pen.fillText(shownOf, LABEL - 10 - width, y + ROW / 2 + 1);
    pen.font = "600 12.5px system-ui, sans-serif";
    pen.fillStyle = paint.colours.ink;
    pen.fillText(map.folded.has(unit) ? "\u25b8" : "\u25be", 6, y + ROW / 2 + 1);
    const name = fitted(shown(units[unit].name), LABEL - 46 - width);
    pen.fillText("\u2068" + name + "\u2069", 20, y + ROW / 2 + 1);
    const room = LABEL - 60 - width - pen.measureText(name).width, start = 28 + pen.measureText(name).width;
    pen.font = "11px system-ui, sans-serif";
    pen.fillStyle = paint.colours.soft;
    if (units[unit].parents && room > 30) pen.fillText("\u2068" + fitted("in " + shown(units[unit].parents), room) + "\u2069", start, y + ROW / 2 + 1);
    return;
  }
  const name = shown(accountName(account));
  pen.font = "11px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
  pen.fillStyle = name ? paint.colours.soft : paint.colours.ink;
  pen.fillText(accountId(account), 20, y + ROW / 2 + 1);
  pen.font = "12.5px system-ui, sans-serif";
  pen.fillStyle = paint.colours.ink;
  // Isolated, so that a name that runs to the left stays a name.
  if (name) pen.fillText("\u2068" + fitted(name, LABEL - 128) + "\u2069", 116, y + ROW / 2 + 1);
}

function drawHead(left, width) {
  pen.fillStyle = paint.colours.paper;
  pen.fillRect(0, 0, width, ABOVE);
  pen.textBaseline = "middle";
  for (const { region, x, width: across } of map.regions) {
    const at = x - left;
    if (at + across < LABEL || at > width) continue;
    pen.save();
    pen.translate(at + across / 2, ABOVE - 22);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "left";
    pen.font = "12px system-ui, sans-serif";
    pen.fillStyle = paint.colours.ink;
    pen.fillText(region, 0, 0);
    pen.restore();
  }
  pen.textAlign = "center";
  pen.font = "600 8.5px system-ui, sans-serif";
  pen.fillStyle = paint.colours.soft;
  for (const { target, x } of map.columns) {
    if (x - left >= LABEL - 4) pen.fillText(serviceTag(target.service), x - left + map.cell / 2, ABOVE - 11);
  }
  pen.fillStyle = paint.colours.paper;
  pen.fillRect(0, 0, LABEL - 2, ABOVE);
  pen.textAlign = "left";
  pen.fillStyle = paint.colours.soft;
  pen.font = "12px system-ui, sans-serif";
  const tags = [...new Set(map.columns.map(({ target }) => target.service))].map((service) => serviceTag(service) + " " + serviceName(service));
  tags.forEach((tag, index) => pen.fillText(tag, 20, ABOVE - 30 - 16 * (tags.length - 1 - index)));
  pen.fillText("Organizational unit, account", 20, ABOVE - 11);
  pen.fillStyle = paint.colours.line;
  pen.fillRect(0, ABOVE - 1, width, 1);
}

function draw() {
  paint.asked = false;
  const width = scroller.clientWidth, height = scroller.clientHeight;
  const scale = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale) || paint.scale !== scale) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    paint.scale = scale;
    paint.sprites = null;
  }
  if (!paint.sprites) makeSprites();
  const left = scroller.scrollLeft, top = scroller.scrollTop;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.fillStyle = paint.colours.paper;
  pen.fillRect(0, 0, width, height);
  const first = Math.max(0, Math.floor(top / ROW)), last = Math.min(map.rows.length, Math.ceil((top + height - ABOVE) / ROW));
  for (let row = first; row < last; row++) {
    const y = ABOVE + row * ROW - top, unit = rowUnit(row);
    if (unit >= 0 || row === map.hover.row) {
      pen.fillStyle = paint.colours.panel;
      pen.fillRect(0, y, width, ROW);
    }
    if (unit >= 0) drawUnit(unit, y, left);
    else drawAccount(rowAccount(row), y, left);
    // The label covers what was scrolled beneath it.
    pen.fillStyle = unit >= 0 || row === map.hover.row ? paint.colours.panel : paint.colours.paper;
    pen.fillRect(0, y, LABEL - 2, ROW);
    drawLabel(row, y);
  }
  if (map.rows.length === 0) {
    pen.textAlign = "left";
    pen.fillStyle = paint.colours.soft;
    pen.font = "13px system-ui, sans-serif";
    pen.fillText("No account matches the filter.", 20, ABOVE + 20);
  }
  drawHead(left, width);
  // The cursor's element is above the canvas; what is beneath the head or the labels is not shown.
  const { row, column } = map.cursor;
  const covered = row * ROW < top - 2 || (column >= 0 && map.columns[column] && map.columns[column].x - left < LABEL - 2);
  for (const cursor of cursors) cursor.style.opacity = covered ? "0" : "1";
}

function drawSoon() {
  if (paint.asked) return;
  paint.asked = true;
  requestAnimationFrame(draw);
}

// The extent that is scrolled over.
function sizeMap() {
  const extent = byId("extent");
  extent.style.width = map.width + "px";
  extent.style.height = ABOVE + Math.max(map.rows.length, 2) * ROW + 6 + "px";
}
