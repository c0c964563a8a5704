"use strict";
// Shows one part of the preview, and shows it again when the server says that something has changed.
const frame = document.getElementById("part");
const state = document.getElementById("state");
const faults = document.getElementById("faults");
const buttons = [...document.querySelectorAll("[data-part]")];
let version = 0;
for (const button of buttons) {
  button.addEventListener("click", () => {
    for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    frame.src = button.dataset.part;
  });
}
const events = new EventSource("events");
events.addEventListener("message", (event) => {
  const now = JSON.parse(event.data);
  state.textContent = now.faults.length ? "What is built in stands in the place of what is broken:" : now.words;
  faults.replaceChildren(...now.faults.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
  if (version && now.version !== version) frame.contentWindow.location.reload();
  version = now.version;
});
events.addEventListener("error", () => { state.textContent = "authreport has ended, or is busy."; });
