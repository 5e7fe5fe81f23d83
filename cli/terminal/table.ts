/** Columns of a terminal that a line takes at most. */
export const LINE = 80;
const GAP = 2;
const NARROWEST = 6;

/** How a table is drawn. */
export interface TableOptions {
  /** Most columns of the terminal that a line may take. */
  readonly width?: number;
  /** Columns, from 0, that are never cut, though a line should grow too long: ids are there to be copied. */
  readonly whole?: readonly number[];
}

/**
 * Lines of a table whose columns stand below each other; the widest columns give way until a line
 * fits, and a text that was cut ends in `…`.
 *
 * @param rows the first one is the head; all of the same length
 */
export function table(
  rows: readonly (readonly string[])[],
  { width = LINE, whole = [] }: TableOptions = {},
): readonly string[] {
  const plain = rows.map((row) => row.map((cell) => cell.replaceAll(/\s+/g, " ")));
  const widths = (plain[0] ?? []).map((_, i) =>
    Math.max(...plain.map((row) => row[i]?.length ?? 0)),
  );
  while (lineWidth(widths) > width) {
    const cuttable = widths.map((own, i) => (whole.includes(i) ? 0 : own));
    const widest = Math.max(...cuttable);
    if (widest <= NARROWEST) break;
    widths[cuttable.indexOf(widest)] = widest - 1;
  }
  return plain.map((row) =>
    row
      .map((cell, i) => cut(cell, widths[i] ?? 0).padEnd(widths[i] ?? 0))
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
}

/** A text in lines of `width` columns at most, cut between words; longer words stand alone. */
export function wrap(text: string, width = LINE): readonly string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines = [""];
    for (const word of paragraph.split(" ")) {
      const last = lines.at(-1) ?? "";
      if (last !== "" && last.length + 1 + word.length > width) lines.push(word);
      else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
    }
    return lines;
  });
}

function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
}

/** A text that was cut ends in `…`. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
