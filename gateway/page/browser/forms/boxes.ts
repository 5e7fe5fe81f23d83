import { listOf, memberOf } from "./shape.ts";

/** A thing that a model found in an image; its box in shares of the image's sides. */
export interface Box {
  readonly label: string;
  readonly score: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Boxes {
  readonly boxes: readonly Box[];
  /** Width of the image by its height. */
  readonly aspect: number;
}

/** The detections of an output, best first; undefined for an output of another shape. */
export function boxesOf(output: unknown): Boxes | undefined {
  const image = memberOf(output, "image");
  const [width, height] = ["width", "height"].map((name) => memberOf(image, name));
  if (typeof width !== "number" || typeof height !== "number") return undefined;
  const boxes = listOf(memberOf(output, "detections"), (it) => {
    const [label, score] = ["label", "score"].map((name) => memberOf(it, name));
    const edges = listOf(
      ["xmin", "ymin", "xmax", "ymax"].map((name) => memberOf(memberOf(it, "box"), name)),
      (edge) => (typeof edge === "number" ? edge : undefined),
    );
    if (typeof label !== "string" || typeof score !== "number" || edges === undefined)
      return undefined;
    const [left = 0, top = 0, right = 0, bottom = 0] = edges;
    return {
      label,
      score,
      left: left / width,
      top: top / height,
      width: (right - left) / width,
      height: (bottom - top) / height,
    };
  });
  return boxes && { boxes, aspect: width / height };
}
