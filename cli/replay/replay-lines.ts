import { reportLines, SHOWN } from "../endpoints/comparison.ts";
import { commandText } from "../batch/print-batch.ts";
import type { Arguments } from "../terminal/command.ts";
import type { Replay } from "./replay.ts";

/** A replay for a person. */
export function replayLines(replay: Replay, given: Arguments): readonly string[] {
  const { id, endpoint, status, comparison, disagreements, error } = replay;
  const again = ["endpoints", "replay", endpoint, id, "--wait"];
  const isOver = replay.completed_at !== null;
  return [
    `${id}  ${status}`,
    `live       ${replay.model}, ${replay.batch}`,
    `candidate  ${replay.candidate}, ${replay.candidate_batch}`,
    `compared   ${replay.compared} of ${replay.items}${leftOutText(replay)}`,
    ...(error === null ? [] : [`error      ${error.detail}`]),
    ...(isOver ? [] : [`wait       ${commandText(again, given)}`]),
    ...(replay.compared === 0 ? [] : ["", comparison.verdict]),
    ...(replay.compared === 0 ? [] : reportLines(comparison, "CANDIDATE")),
    ...(disagreements.length === 0 ? [] : ["", "last disagreements"]),
    ...disagreements
      .slice(0, SHOWN)
      .map(({ index, custom_id: name, difference }) => `${name ?? index}  ${difference}`),
  ];
}

function leftOutText({ left_out: count }: Replay): string {
  return count === 0 ? "" : `, ${count} left out`;
}
