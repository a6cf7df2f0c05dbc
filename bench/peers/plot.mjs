// The later runs as a picture: a row a model, a mark an engine, time on a logarithmic axis.

import { TITLES, typical } from "./report.mjs";

const COLOURS = ["#0b6e4f", "#69b578", "#3d5a80", "#98c1d9", "#ee6c4d"];
const [LEFT, WIDTH, ROW, TOP] = [350, 580, 34, 70];

/** The picture as SVG. */
export function plot(figures, engines) {
  const models = Object.values(figures.models);
  const times = models.flatMap(({ engines }) => Object.values(engines).map(typical)).filter((time) => time > 0);
  const [low, high] = [Math.floor(Math.log10(Math.min(...times))), Math.ceil(Math.log10(Math.max(...times)))];
  const x = (time) => LEFT + (WIDTH * (Math.log10(time) - low)) / Math.max(1, high - low);
  const bottom = TOP + ROW * models.length;
  const decades = Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n));
  const parts = [
    ...engines.map((engine, n) => mark(20 + 196 * n, 18, COLOURS[n], TITLES[engine]) + text(30 + 196 * n, 22, TITLES[engine], "start", 11)),
    ...decades.map((time) => `<path d="M${x(time)} ${TOP - 8}V${bottom}" stroke="#ddd"/>${text(x(time), bottom + 16, label(time), "middle", 11)}`),
    ...models.map(({ title, engines: measured }, row) => {
      const y = TOP + ROW * row + ROW / 2;
      const marks = engines.map((engine, n) => {
        const time = typical(measured[engine]);
        return time ? mark(x(time), y, COLOURS[n], `${TITLES[engine]}: ${Math.round(time)} ms`) : "";
      });
      return text(LEFT - 12, y + 4, title, "end", 12) + `<path d="M${LEFT} ${y}H${LEFT + WIDTH}" stroke="#eee"/>` + marks.join("");
    }),
    text(LEFT + WIDTH / 2, TOP - 18, "time of a later run", "middle", 12),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="${bottom + 30}" font-family="sans-serif">
<rect width="100%" height="100%" fill="white"/>
${parts.join("\n")}
</svg>
`;
}

function label(time) {
  return time < 1000 ? `${time} ms` : `${time / 1000} s`;
}

function mark(x, y, colour, title) {
  return `<circle cx="${x.toFixed(1)}" cy="${y}" r="6" fill="${colour}"><title>${escaped(title)}</title></circle>`;
}

function text(x, y, words, anchor, size) {
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="#222">${escaped(words)}</text>`;
}

function escaped(words) {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
