// Text and elements: what comes from AWS becomes text nodes, never markup. No I/O but the page itself.

const byId = (id) => document.getElementById(id);

// An element with attributes, listeners (`onclick`) and children; strings are text.
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...present(children));
  return made;
}

// Children as a flat list, without what is left out.
const present = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

// Replaces what an element holds.
const fill = (element, ...children) => element.replaceChildren(...present(children));

// Control characters, and those that turn the direction of text, are shown by their codes.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const shown = (text) =>
  text.replace(HIDDEN, (hidden) => "\u27e8U+" + hidden.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "\u27e9");

// A name of AWS's or a person's, kept apart from the direction of the text around it.
const named = (text) => el("bdi", {}, shown(text));

const grouped = new Intl.NumberFormat("en");
const number = (value) => grouped.format(value);
const percent = (value) => (value === 100 ? "100%" : value.toFixed(2) + "%");
const counted = (count, one, many = one + "s") => number(count) + "\u00a0" + (count === 1 ? one : many);

// Rounded down, as the document does: only full coverage is 100.
const share = (enrolled, applicable) => (applicable === 0 ? 100 : Math.floor((enrolled * 10000) / applicable) / 100);

// In UTC, to the minute.
const time = (when) => {
  const date = typeof when === "number" ? new Date(when * 1000) : new Date(when);
  return date.toISOString().slice(0, 16).replace("T", "\u00a0") + "\u00a0UTC";
};

const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

function age(when) {
  const minutes = Math.round((Date.now() - new Date(when).getTime()) / 60000);
  if (minutes < 0) return null;
  if (minutes < 120) return counted(minutes, "minute") + " ago";
  if (minutes < 48 * 60) return counted(Math.round(minutes / 60), "hour") + " ago";
  return counted(Math.round(minutes / 1440), "day") + " ago";
}

const SERVICES = { guardduty: ["GuardDuty", "GD"], inspector: ["Inspector", "IN"] };
const serviceName = (id) => (SERVICES[id] || [id])[0];
const serviceTag = (id) => (SERVICES[id] || ["", id.slice(0, 2).toUpperCase()])[1];

// The services and regions of targets; a region's name is not broken.
function places(list) {
  const services = [...new Set(list.map((target) => target.service))].sort().map(serviceName).join(", ");
  const regions = [...new Set(list.map((target) => target.region))].sort();
  if (regions.length > 3) return [services + "; ", el("span", { class: "whole" }, counted(regions.length, "region"))];
  return [services + "; ", regions.map((region, index) => [index ? ", " : "", el("span", { class: "whole" }, region)])];
}

// Runs something once no more calls have come for a moment.
function later(run, wait) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, wait);
  };
}
