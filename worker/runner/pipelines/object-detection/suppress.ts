import { overlapOf } from "../../../../shared/model/pipelines/object-detection/boxes.ts";
import type { Candidate } from "./candidates.ts";

/**
 * Non-maximum suppression by class: going from the highest score down, a box stays unless it overlaps
 * one of its class that stays by more than `most`. It ends once `count` stay, so that it takes `count`
 * comparisons for each candidate at most.
 *
 * @param candidates highest score first
 * @param most intersection over union, 0 to 1; null keeps all
 * @param count 1 and up
 * @returns highest score first
 */
export function suppress(
  candidates: readonly Candidate[],
  most: number | null,
  count: number,
): readonly Candidate[] {
  if (most === null) return candidates.slice(0, count);
  const kept: Candidate[] = [];
  const byClass = new Map<number, Candidate[]>();
  for (const candidate of candidates) {
    if (kept.length === count) break;
    const same = byClass.get(candidate.index) ?? [];
    if (same.some((better) => overlapOf(better.box, candidate.box) > most)) continue;
    same.push(candidate);
    byClass.set(candidate.index, same);
    kept.push(candidate);
  }
  return kept;
}
