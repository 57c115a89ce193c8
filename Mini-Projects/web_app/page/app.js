// Sends the review to the API, and shows what comes back. All text is set as text, never as HTML, and
// nothing is kept: no cookie, no local storage, no address that holds the review.
"use strict";

const MAX_CHARACTERS = 5000;
const TIMEOUT_MS = 15000;
const SMALLEST_EFFECT = 0.005; // half a percentage point; less is not shown
const MOST_ROWS = 10;

const UNREACHABLE =
  "The server could not be reached, or takes no more requests at the moment. Your review is still " +
  "here: check your connection, and try again in a minute.";
const THROTTLED = "Too many reviews are being sent at the moment. Please try again in a few seconds.";
const LATE = "The server took too long to answer. Please try again.";
const BROKEN = "Something went wrong on the server. Please try again in a minute.";

const element = (id) => document.getElementById(id);
const apiUrl = document.querySelector('meta[name="api-url"]').content;
const review = element("review");
let busy = false;

const characters = () => [...review.value].length; // as Python counts them
const percent = (share) => `${Math.round(100 * share)}\u00a0%`;

function countCharacters() {
  const count = characters();
  const tooLong = count > MAX_CHARACTERS;
  element("length").textContent =
    `${count.toLocaleString("en")} characters` + (tooLong ? ", too many" : "");
  element("length").classList.toggle("error", tooLong);
  review.setAttribute("aria-invalid", String(tooLong));
}

function say(text, isError = false) {
  element("status").textContent = text;
  element("status").classList.toggle("error", isError);
}

function refuse(text) {
  say(text, true);
  review.setAttribute("aria-invalid", "true");
  review.focus();
}

async function ask(text) {
  const response = await fetch(apiUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ review: text }),
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.ok) return response.json();
  if (response.status === 429) throw new Error(THROTTLED);
  // Below 500, and for an endpoint that is down, the function explains itself in words.
  const own = response.status < 500 || response.status === 503;
  const { message } = own ? await response.json() : {};
  throw new Error(message || BROKEN);
}

function inWords(error) {
  if (error.name === "TimeoutError") return LATE;
  if (error instanceof TypeError) return UNREACHABLE; // what fetch throws without an answer
  if (error instanceof SyntaxError) return BROKEN; // an answer that is not JSON
  return error.message;
}

async function submit(event) {
  event.preventDefault();
  if (busy) return;
  countCharacters();
  element("result").hidden = true;
  if (!review.value.trim()) return refuse("Please write a review first.");
  if (characters() > MAX_CHARACTERS) {
    return refuse("The review is too long: 5,000 characters are allowed. Please shorten it.");
  }
  setBusy(true);
  say("The model reads your review …");
  try {
    show(await ask(review.value));
  } catch (error) {
    say(inWords(error), true);
  } finally {
    setBusy(false);
  }
}

function setBusy(value) {
  busy = value;
  element("send").setAttribute("aria-disabled", String(value));
}

function show(result) {
  const judged = result.sentiment !== null;
  element("scale").hidden = element("explanation").hidden = !judged;
  element("sentiment").textContent = judged
    ? `${result.sentiment === "positive" ? "Positive" : "Negative"}, ${percent(certainty(result))} sure`
    : "The model can’t judge this review";
  element("certainty").textContent = judged ? inWordsOf(result) : "";
  element("known").textContent = knownWords(result);
  element("notes").replaceChildren(...result.words.filter(isClipped).map(clippedNote));
  if (judged) {
    element("marker").style.left = `${100 * result.probability}%`;
    showWords(result);
  }
  element("result").hidden = false;
  say("Done. The result is below.");
  element("sentiment").focus();
}

const certainty = ({ probability }) => Math.max(probability, 1 - probability);

function inWordsOf(result) {
  const start = `The probability that it is positive is ${percent(result.probability)}.`;
  const sure = certainty(result);
  if (sure < 0.6) return `${start} That is little more than a guess.`;
  if (sure < 0.8) return `${start} The model leans to this side, and is often wrong at such a value.`;
  return `${start} The model is quite sure, but it looks at single words, and knows no irony.`;
}

function knownWords({ words_known: known, words_typed: typed }) {
  if (typed === 0) return "It contains no words that could say something about a film.";
  if (known === 0) {
    return "None of its words was in the reviews that the model has learned from. It knows only English.";
  }
  const share = `The model knows ${known} of ${typed} words; words such as “the” are left out.`;
  return known < typed / 2 ? `${share} With so few known words, don’t rely on the result.` : share;
}

const isClipped = ({ typed, counted }) => typed > counted;

function clippedNote({ word, typed, counted }) {
  const item = document.createElement("li");
  item.textContent =
    `“${word}” occurs ${typed} times, and counts ${counted === 1 ? "once" : `${counted} times`}: ` +
    "the model has never seen it more often in a review.";
  return item;
}

function showWords({ words, parts, probability }) {
  const strong = words.filter(({ effect }) => Math.abs(effect) >= SMALLEST_EFFECT);
  const effects = new Map(strong.map(({ term, effect }) => [term, effect]));
  element("text").replaceChildren(...parts.map((part) => marked(part, effects.get(part.term))));
  for (const [id, sign] of [["for", 1], ["against", -1]]) {
    const rows = strong.filter(({ effect }) => effect * sign > 0).slice(0, MOST_ROWS);
    const cells = rows.map(({ word, typed, effect }) => row(word, typed, percent(probability - effect)));
    element(id).replaceChildren(...(cells.length ? cells : [row("none", "", "")]));
  }
}

function marked({ text }, effect) {
  if (effect === undefined) return document.createTextNode(text);
  const mark = document.createElement("mark");
  mark.className = effect > 0 ? "for" : "against";
  mark.append(
    span("sign", effect > 0 ? "+" : "−", true),
    text,
    span("for-screen-readers", effect > 0 ? " (counts for positive)" : " (counts for negative)"),
  );
  return mark;
}

function span(className, text, isHidden = false) {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  if (isHidden) made.setAttribute("aria-hidden", "true");
  return made;
}

function row(word, times, without) {
  const made = document.createElement("tr");
  const header = document.createElement("th");
  header.scope = "row";
  header.textContent = word;
  made.append(header);
  for (const text of [times, without]) made.insertCell().textContent = text;
  return made;
}

element("form").addEventListener("submit", submit);
review.addEventListener("input", countCharacters);
review.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
});
countCharacters();
