// The table of all trials: sorted by any column, shown in parts when it is long. It is there before the charts.
"use strict";

const page = JSON.parse(document.getElementById("data").textContent);

(function () {
  const { columns, rows } = page.table;
  const PART = 200;
  const head = document.querySelector("#trials thead");
  const body = document.querySelector("#trials tbody");
  const more = document.querySelector("#trials button.more");
  let sorted = rows;
  let n_shown = 0;

  function told(value) {
    if (value === null) return "";
    if (typeof value !== "number" || Number.isInteger(value)) return String(value);
    return String(Number(value.toPrecision(6)));
  }

  function lineOf(row) {
    const line = document.createElement("tr");
    row.forEach((value, index) => {
      const cell = line.insertCell();
      cell.textContent = told(value);
      if (typeof value === "number") cell.className = "number";
      if (columns[index] === "state") cell.dataset.trialState = value;
    });
    return line;
  }

  function showMore() {
    const part = document.createDocumentFragment();
    sorted.slice(n_shown, n_shown + PART).forEach((row) => part.append(lineOf(row)));
    body.append(part);
    n_shown = Math.min(n_shown + PART, sorted.length);
    more.hidden = n_shown === sorted.length;
    more.textContent = `Show more (${n_shown} of ${sorted.length} shown)`;
  }

  // Numbers by size before text by letter; what is empty stays last both ways.
  function compare(one, other, direction) {
    if (one === null || other === null) return (one === null) - (other === null);
    if (typeof one !== typeof other) return direction * (typeof one === "number" ? -1 : 1);
    if (typeof one === "number") return direction * (one - other);
    return direction * one.localeCompare(other);
  }

  function sortBy(index, header) {
    const direction = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const each of head.querySelectorAll("th")) each.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
    sorted = [...rows].sort((one, other) => compare(one[index], other[index], direction));
    body.replaceChildren();
    n_shown = 0;
    showMore();
  }

  const line = head.insertRow();
  columns.forEach((name, index) => {
    const header = document.createElement("th");
    const button = document.createElement("button");
    header.scope = "col";
    if (typeof rows.find((row) => row[index] !== null)?.[index] === "number") header.className = "number";
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => sortBy(index, header));
    header.append(button);
    line.append(header);
  });
  more.addEventListener("click", showMore);
  showMore();
})();
