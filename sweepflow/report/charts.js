// Draws every chart of the page from the figures in its data, and lets menus choose what some of them show.
"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const isTouched = matchMedia("(pointer: coarse)").matches;
const config = {
  displaylogo: false,
  responsive: true,
  plotGlPixelRatio: devicePixelRatio,
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
};

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// What all charts look like, in the colours of the page.
function template() {
  const line = color("line");
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true, title: { standoff: 10 } };
  const wall = { ...axis, backgroundcolor: color("panel"), showbackground: true };
  return {
    layout: {
      paper_bgcolor: color("panel"),
      plot_bgcolor: color("panel"),
      font: { color: color("text"), family: "system-ui, sans-serif", size: 12 },
      hoverlabel: { bgcolor: color("panel"), bordercolor: line, font: { color: color("text") }, align: "left" },
      margin: { l: 60, r: 20, t: 30, b: 45 },
      xaxis: axis,
      yaxis: axis,
      scene: { xaxis: wall, yaxis: wall, zaxis: wall },
    },
  };
}

// A figure of its own, in the colours of the page.
function styled(figure) {
  const copy = structuredClone(figure);
  copy.layout.template = template();
  if (isTouched) copy.layout.dragmode = copy.layout.scene ? undefined : false; // let a finger scroll the page
  return copy;
}

// The figure with other columns on its axes: {x: 3, y: 0} are places in page.columns.
function withColumns(figure, chosen) {
  const copy = structuredClone(figure);
  for (const [letter, index] of Object.entries(chosen)) {
    const column = page.columns[index];
    const [all, best] = copy.data;
    all[letter] = column.positions;
    if (best) best[letter] = column.positions.slice(-1);
    if (copy.layout.scene) {
      copy.layout.scene[`${letter}axis`] = structuredClone(column.axisInSpace);
    } else {
      const { anchor, domain } = copy.layout[`${letter}axis`];
      copy.layout[`${letter}axis`] = { ...structuredClone(column.axis), ...(anchor && { anchor, domain }) };
    }
  }
  return copy;
}

function note(chart, text) {
  const paragraph = document.createElement("p");
  paragraph.className = "empty";
  paragraph.textContent = text;
  chart.replaceChildren(paragraph);
  chart.classList.add("is-empty");
}

// Gives the chart's figure, as its menus now stand.
function figureOf(chart) {
  const figure = page.figures[chart.dataset.figure];
  if (!figure.data.length) return figure;
  if (chart.dataset.column !== undefined) return withColumns(figure, { x: Number(chart.dataset.column) });
  const menus = [...chart.parentElement.querySelectorAll("select[data-axis]")];
  if (!menus.length) return figure;
  return withColumns(figure, Object.fromEntries(menus.map((menu) => [menu.dataset.axis, Number(menu.value)])));
}

// Its size, before anything is drawn, so that nothing moves when it is.
function reserve(chart) {
  const figure = page.figures[chart.dataset.figure];
  if (!figure.data.length) return note(chart, figure.layout.annotations[0].text);
  if (figure.layout.height) chart.style.height = `${figure.layout.height}px`;
  const [first] = figure.data;
  if (first.type === "parcoords") chart.style.minWidth = `${first.dimensions.length * 105}px`;
}

async function draw(chart) {
  const figure = figureOf(chart);
  if (!figure.data.length) return;
  try {
    const { data, layout } = styled(figure);
    await Plotly.react(chart, data, layout, config);
    chart.dataset.state = "drawn";
  } catch (error) {
    chart.dataset.state = "failed";
    note(chart, `This chart could not be drawn: ${error.message}`);
    console.error(error);
  }
}

function offerColumns() {
  for (const menu of document.querySelectorAll("select[data-axis]")) {
    page.columns.forEach((column, index) => menu.add(new Option(column.name, index)));
    menu.value = page.chosen[menu.dataset.axis];
    menu.addEventListener("change", () => draw(menu.closest("section").querySelector(".chart")));
  }
}

// What comes into view is drawn, one chart after the other, the page living on between them.
const wanted = new Set();
let isDrawing = false;

async function drawWanted() {
  if (isDrawing) return;
  isDrawing = true;
  while (wanted.size) {
    const [chart] = wanted;
    wanted.delete(chart);
    await draw(chart);
    await new Promise((resolve) => setTimeout(resolve));
  }
  isDrawing = false;
}

function watch(entries) {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting && !target.dataset.state) wanted.add(target);
    else wanted.delete(target);
  }
  drawWanted();
}

function want(selector) {
  for (const chart of document.querySelectorAll(selector)) wanted.add(chart);
  drawWanted();
}

// Plotly's script, which the page holds in base64, compressed by gzip.
function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

// Plotly takes a second or more to start, in which the page would not answer: it is there to be read before.
async function start() {
  const script = document.createElement("script");
  try {
    script.textContent = await unpacked(document.getElementById("plotly").textContent);
  } catch (error) {
    charts.forEach((chart) => note(chart, "This browser is too old to draw the charts: open the page in a newer one."));
    throw error;
  }
  document.head.append(script);
  charts.forEach((chart) => observer.observe(chart));
  dark.addEventListener("change", () => want(".chart[data-state=drawn]"));
  addEventListener("beforeprint", () => want(".chart:not([data-state])"));
}

const charts = document.querySelectorAll(".chart");
const observer = new IntersectionObserver(watch, { rootMargin: "300px" });
offerColumns();
charts.forEach(reserve);
addEventListener("load", () => setTimeout(start));
