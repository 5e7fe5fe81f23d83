import { reportLines, SHOWN } from "../endpoints/comparison.ts";
import type { Arguments, Shell } from "../terminal/command.ts";
import { quoted } from "../../gateway/page/browser/call/quote.ts";
import { show } from "../terminal/show.ts";
import type { Replay } from "./replay.ts";

/** Prints a replay: as JSON with `--json`, else for a person. */
export function printReplay(replay: Replay, given: Arguments, shell: Shell): void {
  show(replay, replayLines(replay, given), given, shell);
}

function replayLines(replay: Replay, { flags: { url } }: Arguments): readonly string[] {
  const { id, endpoint, status, comparison, disagreements, error } = replay;
  const words = ["npx", "scoreline", "endpoints", "replay", endpoint, id, "--wait"];
  const again = [...words, ...(typeof url === "string" ? ["--url", url] : [])];
  const isOver = replay.completed_at !== null;
  return [
    `${id}  ${status}`,
    `live       ${replay.model}, ${replay.batch}`,
    `candidate  ${replay.candidate}, ${replay.candidate_batch}`,
    `compared   ${replay.compared} of ${replay.items}${leftOutText(replay)}`,
    ...(error === null ? [] : [`error      ${error.detail}`]),
    ...(isOver ? [] : [`wait       ${again.map(quoted).join(" ")}`]),
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
