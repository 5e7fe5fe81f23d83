import { diff } from "node:util";

/** Lines that stand around a change. */
const AROUND = 3;

/** Of `util.diff(before, after)`: -1 is in the second only. */
const SIGNS = { [-1]: "+", [0]: " ", [1]: "-" } as const;

/** What changes from one text to another, with the lines around it; empty when nothing does. */
export function changedLines(before: string, after: string): readonly string[] {
  const lines = diff(linesOf(before), linesOf(after));
  const isChanged = lines.map(([operation]) => operation !== 0);
  return lines.flatMap(([operation, line], i) => {
    const isNear = isChanged.slice(Math.max(0, i - AROUND), i + AROUND + 1).includes(true);
    return isNear ? [`${SIGNS[operation]}${line}`] : [];
  });
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.trimEnd().split("\n");
}
