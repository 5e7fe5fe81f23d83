/** A line of a plot. */
export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

const [WIDTH, HEIGHT] = [720, 420];
const AREA = { left: 70, right: 550, top: 40, bottom: 370 };
/** Told apart also by those who cannot tell all colours: Okabe and Ito's. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
const DASHES = ["", "6 3", "2 3"];

/** Lines over two logarithmic axes, as the text of an SVG. */
export function linePlot({ title, x, y, lines }: Plot): string {
  const points = lines.flatMap((line) => line.points);
  const toX = scale(
    points.map((point) => point.x),
    AREA.left,
    AREA.right,
  );
  const toY = scale(
    points.map((point) => point.y),
    AREA.bottom,
    AREA.top,
  );
  const marks = [...new Set(points.map((point) => point.x))].map((value) =>
    text([toX.at(value), AREA.bottom + 16], short(value), "middle"),
  );
  const rules = ticks(toY.least, toY.most).map((value) => {
    const at = toY.at(value).toFixed(1);
    const rule = `<line x1="${AREA.left}" x2="${AREA.right}" y1="${at}" y2="${at}" stroke="#ddd"/>`;
    return rule + text([AREA.left - 6, Number(at) + 4], short(value), "end");
  });
  const drawn = lines.map(({ name, points: own }, i) => {
    const colour = COLOURS[i % COLOURS.length] ?? "";
    const dash = DASHES[Math.floor(i / COLOURS.length)] ?? "";
    const path = own.map((it) => `${toX.at(it.x).toFixed(1)},${toY.at(it.y).toFixed(1)}`).join(" ");
    const stroke = `stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"`;
    const key = AREA.top + 12 + i * 20;
    return [
      `<polyline fill="none" ${stroke} points="${path}"/>`,
      `<line x1="${AREA.right + 16}" x2="${AREA.right + 40}" y1="${key}" y2="${key}" ${stroke}/>`,
      text([AREA.right + 46, key + 4], name, "start"),
    ].join("\n");
  });
  const axes = [
    text([WIDTH / 2, 16], title, "middle"),
    text([(AREA.left + AREA.right) / 2, HEIGHT - 12], x, "middle"),
    text([AREA.left, AREA.top - 8], y, "middle"),
  ];
  const size = `viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12"`;
  const ground = `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`;
  const parts = [ground, ...rules, ...marks, ...axes, ...drawn];
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${parts.join("\n")}\n</svg>\n`;
}

interface Scale {
  readonly least: number;
  readonly most: number;
  at(value: number): number;
}

function scale(values: readonly number[], from: number, to: number): Scale {
  const least = Math.min(...values);
  const most = Math.max(...values, least * 1.1);
  const span = Math.log(most / least);
  const at = (value: number): number => from + ((to - from) * Math.log(value / least)) / span;
  return { least, most, at };
}

/** 1, 2 and 5 times powers of ten. */
function ticks(least: number, most: number): readonly number[] {
  const powers = Array.from({ length: 16 }, (_, i) => 10 ** (i - 6));
  return powers
    .flatMap((power) => [power, 2 * power, 5 * power])
    .filter((value) => value >= least && value <= most);
}

function short(value: number): string {
  return value >= 1000 ? `${Number((value / 1000).toFixed(1))}k` : String(Number(value.toFixed(3)));
}

function text(
  [x, y]: readonly [number, number],
  content: string,
  anchor: "start" | "middle" | "end",
): string {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${safe}</text>`;
}
