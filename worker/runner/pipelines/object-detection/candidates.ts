import type { Box } from "../../../../shared/model/pipelines/object-detection/boxes.ts";
import type { ObjectDetectionSettings } from "../../../../shared/model/pipelines/object-detection/definition.ts";
import type { Size } from "../decode-image.ts";
import type { Tensors } from "../pipeline.ts";
import { matrixRow, type Matrix } from "./matrix.ts";

/** A box with the class that it most probably shows. */
export interface Candidate {
  /** In pixels of the model's input. */
  readonly box: Box;
  /** 0 to 1. */
  readonly score: number;
  /** Of the class. */
  readonly index: number;
}

/** What says how outputs are read. */
export interface Reading {
  readonly settings: ObjectDetectionSettings;
  readonly classCount: number;
  /** Of the model. */
  readonly input: Size;
}

/**
 * The candidates of one row of the outputs whose score reaches the threshold, in their order. Each
 * candidate of the outputs is one candidate at most, of its best class; the first of equals.
 *
 * @throws {Error} when an output has another shape than the settings say, or a box is no number
 */
export function readCandidates(
  outputs: Tensors,
  row: number,
  { threshold, ...reading }: Reading & { readonly threshold: number },
): readonly Candidate[] {
  const { boxes, count, best } = READERS[reading.settings.decoder](outputs, row, reading);
  const toBox = boxReader(boxes, reading);
  const candidates: Candidate[] = [];
  for (let i = 0; i < count; i += 1) {
    const { score, index } = best(i);
    // NaN reaches no threshold.
    if (score >= threshold) candidates.push({ box: toBox(i), score, index });
  }
  return candidates;
}

/** The best class of a candidate, and how sure it is. */
type Best = (i: number) => { readonly score: number; readonly index: number };

interface Candidates {
  readonly count: number;
  /** Its first four members are the box. */
  readonly boxes: Matrix;
  readonly best: Best;
}

type Reader = (outputs: Tensors, row: number, reading: Reading) => Candidates;

const READERS = {
  /** Box, perhaps objectness, and a score for each class; the candidates may be rows or columns. */
  yolo: (outputs, row, { settings, classCount }) => {
    const { objectness, activation } = settings;
    const from = objectness ? 5 : 4;
    const members = from + classCount;
    const candidates = matrixRow(outputs, row, { name: settings.boxes, members, isTurned: true });
    const best = bestOf(candidates, { from, classCount });
    const active = activation === "sigmoid" ? sigmoid : same;
    return {
      count: candidates.count,
      boxes: candidates,
      best: (i) => {
        const { score, index } = best(i);
        const any = objectness ? active(candidates.at(i, 4)) : 1;
        return { score: Math.fround(any * active(score)), index };
      },
    };
  },

  /** Box, score and class: the graph has chosen and suppressed itself. */
  end_to_end: (outputs, row, { settings, classCount }) => {
    const candidates = matrixRow(outputs, row, { name: settings.boxes, members: 6 });
    const best: Best = (i) => {
      const [score, index] = [candidates.at(i, 4), candidates.at(i, 5)];
      if (Number.isInteger(index) && index >= 0 && index < classCount) return { score, index };
      // Graphs fill up what is left with candidates of score 0 or -1, whose class is anything.
      if (!(score > 0)) return { score: Number.NaN, index: 0 };
      throw new Error(`class ${index} of a box, where there are ${classCount}`);
    };
    return { count: candidates.count, boxes: candidates, best };
  },

  /** Boxes in one output; in another, for each of them a score for every class. */
  detr: (outputs, row, { settings, classCount }) => {
    const { no_object: noObject, activation, scores: name = "" } = settings;
    const width = classCount + (noObject === "none" ? 0 : 1);
    const boxes = matrixRow(outputs, row, { name: settings.boxes, members: 4 });
    const scores = matrixRow(outputs, row, { name, members: width });
    if (boxes.count !== scores.count) {
      throw new Error(`${boxes.count} boxes with scores for ${scores.count}`);
    }
    const best = bestOf(scores, { from: noObject === "first" ? 1 : 0, classCount });
    return {
      count: boxes.count,
      boxes,
      best: (i) => {
        const { score, index } = best(i);
        if (activation === "softmax") return { score: softmaxOf(score, scores, i, width), index };
        return { score: activation === "sigmoid" ? sigmoid(score) : score, index };
      },
    };
  },
} satisfies Record<ObjectDetectionSettings["decoder"], Reader>;

function bestOf(
  scores: Matrix,
  { from, classCount }: { readonly from: number; readonly classCount: number },
): Best {
  return (i) => {
    let score = Number.NaN;
    let index = 0;
    for (let one = 0; one < classCount; one += 1) {
      const value = scores.at(i, from + one);
      if (value > score || (Number.isNaN(score) && !Number.isNaN(value))) {
        score = value;
        index = one;
      }
    }
    return { score, index };
  };
}

/** The share of one member of a row in all of them, by their powers of e. */
function softmaxOf(value: number, scores: Matrix, i: number, width: number): number {
  let sum = 0;
  let largest = -Infinity;
  for (let one = 0; one < width; one += 1) largest = Math.max(largest, scores.at(i, one));
  for (let one = 0; one < width; one += 1) sum += Math.exp(scores.at(i, one) - largest);
  return Math.exp(value - largest) / sum;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const same = (x: number): number => x;

/** Four numbers of a candidate as a box of the input. */
function boxReader(
  candidates: Matrix,
  { settings: { box, unit }, input }: Reading,
): (i: number) => Box {
  const [across, down] = unit === "share" ? [input.width, input.height] : [1, 1];
  return (i) => {
    const [x, w] = [candidates.at(i, 0) * across, candidates.at(i, 2) * across];
    const [y, h] = [candidates.at(i, 1) * down, candidates.at(i, 3) * down];
    if (![x, y, w, h].every(Number.isFinite)) {
      throw new Error(`a box of [${[x, y, w, h].join(", ")}]`);
    }
    switch (box) {
      case "xyxy":
        return { xmin: x, ymin: y, xmax: w, ymax: h };
      case "xywh":
        return { xmin: x, ymin: y, xmax: x + w, ymax: y + h };
      case "cxcywh":
        return { xmin: x - w / 2, ymin: y - h / 2, xmax: x + w / 2, ymax: y + h / 2 };
    }
  };
}
