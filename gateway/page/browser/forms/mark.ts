import { listOf, memberOf } from "./shape.ts";

/** Something that a model found in a text. */
export interface Entity {
  readonly label: string;
  readonly probability: number;
  readonly text: string;
  /** Places in the text that was sent, in what the answer counts. */
  readonly start: number;
  readonly end: number;
}

/** A piece of a text, and what it is; undefined for what stands in between. */
export interface Piece {
  readonly text: string;
  readonly entity: Entity | undefined;
}

/** Entities in the order of the text; undefined for an output of another shape. */
export function entitiesOf(output: unknown): readonly Entity[] | undefined {
  return listOf(memberOf(output, "entities"), (it) => {
    const [label, text] = ["label", "text"].map((name) => memberOf(it, name));
    const [probability, start, end] = ["probability", "start", "end"].map((name) =>
      memberOf(it, name),
    );
    const isWhole =
      typeof label === "string" &&
      typeof text === "string" &&
      typeof probability === "number" &&
      typeof start === "number" &&
      typeof end === "number";
    return isWhole ? { label, text, probability, start, end } : undefined;
  });
}

/** A text cut where its entities begin and end. @param unit what their places count, as answers have it */
export function piecesOf(
  text: string,
  entities: readonly Entity[],
  unit: unknown,
): readonly Piece[] {
  const cut = cutterOf(text, unit);
  const pieces: Piece[] = [];
  let at = 0;
  for (const entity of entities) {
    // One that begins within the one before is shown by that one.
    if (entity.start < at) continue;
    pieces.push({ text: cut(at, entity.start), entity: undefined });
    pieces.push({ text: cut(entity.start, entity.end), entity });
    at = entity.end;
  }
  pieces.push({ text: cut(at, Infinity), entity: undefined });
  return pieces.filter((piece) => piece.text !== "");
}

function cutterOf(text: string, unit: unknown): (start: number, end: number) => string {
  if (unit === "utf16") return (start, end) => text.slice(start, end);
  if (unit === "bytes") {
    const bytes = new TextEncoder().encode(text);
    return (start, end) => new TextDecoder().decode(bytes.subarray(start, end));
  }
  const points = Array.from(text);
  return (start, end) => points.slice(start, end).join("");
}
