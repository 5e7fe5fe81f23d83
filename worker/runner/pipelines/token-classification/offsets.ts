import type { OffsetUnit } from "../../../../shared/model/pipelines/token-classification/definition.ts";

/**
 * Places in a text, which tokenizers count in code points, in other units.
 *
 * @returns takes code points before a place, and gives units before it
 */
export function offsetsIn(text: string, unit: OffsetUnit): (codePoints: number) => number {
  if (unit === "code_points") return (place) => place;
  const before = [0];
  let sum = 0;
  for (const character of text) {
    sum += unit === "utf16" ? character.length : Buffer.byteLength(character);
    before.push(sum);
  }
  return (place) => before[place] ?? sum;
}
