// Keeps a page up to date: replaces the sections that the server sends. Without it the page can be
// read all the same, and refreshed by its link.
"use strict";

const main = document.querySelector("main[data-live]");
const announced = document.getElementById("status");
const waiting = []; // messages that came while a button of the pointer was pressed
let source = null;
let isFinal = false;
let isPressed = false;

function address() {
  const url = new URL(location.href);
  url.searchParams.set("live", "1");
  url.hash = "";
  return url;
}

function replace(section, version, html) {
  const lines = section.querySelector("pre.lines");
  const scroll = [...section.querySelectorAll(".scroll, pre.lines")].map((box) => [
    box.scrollLeft,
    box.scrollHeight - box.scrollTop - box.clientHeight < 4 ? Infinity : box.scrollTop,
  ]);
  const focused = section.contains(document.activeElement) ? document.activeElement : null;
  const href = focused && focused.getAttribute("href");
  section.innerHTML = html;
  section.dataset.version = version;
  section.querySelectorAll(".scroll, pre.lines").forEach((box, number) => {
    const [left, top] = scroll[number] || [0, Infinity];
    box.scrollLeft = left;
    box.scrollTop = box.matches("pre") && top === Infinity ? box.scrollHeight : top;
  });
  if (href) {
    const same = [...section.querySelectorAll("a")].find((a) => a.getAttribute("href") === href);
    if (same) same.focus({ preventScroll: true });
  } else if (focused && focused.matches(".scroll, pre.lines")) {
    const box = section.querySelector(lines ? "pre.lines" : ".scroll");
    if (box) box.focus({ preventScroll: true });
  }
}

// A click on an element that is replaced between pressing and releasing the button would be lost.
function receive(event) {
  waiting.push(JSON.parse(event.data));
  updateUnlessPressed();
}

function updateUnlessPressed() {
  while (!isPressed && waiting.length > 0) update(waiting.shift());
}

function watchButtons(event) {
  isPressed = event.buttons !== 0;
  if (!isPressed && waiting.length > 0) setTimeout(updateUnlessPressed); // after the click
}

function update({ sections, final }) {
  isFinal = final;
  if (final) stop();
  if (final && Object.keys(sections).length === 0) {
    location.reload(); // it was deleted: the page says so
    return;
  }
  for (const [id, [version, html]] of Object.entries(sections)) {
    const section = document.getElementById(id);
    if (section === announced) {
      if (announced.dataset.version !== version) {
        announced.dataset.version = version;
        announced.textContent = `${announced.dataset.title}: ${version}`;
      }
    } else if (section === null) {
      location.reload(); // a section that was not there before
      return;
    } else if (section.dataset.version !== version) {
      replace(section, version, html);
    }
  }
}

function start() {
  if (source === null && main && !isFinal) {
    source = new EventSource(address());
    source.onmessage = receive;
  }
}

function stop() {
  if (source) source.close();
  source = null;
}

// A browser has six connections to a server: a tab that nobody sees must not keep one.
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
// Moves are watched because a button may be released where no page sees it.
for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
  document.addEventListener(name, watchButtons, { capture: true, passive: true });
}
document.querySelectorAll("pre.lines").forEach((box) => (box.scrollTop = box.scrollHeight));
if (!document.hidden) start();
