import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { lanePath, laneSchema, printLanes } from "../queue/lane.ts";
import type { Command } from "../terminal/command.ts";

/** `queue pause`: nothing of a lane is taken any more. */
export const queuePause: Command = {
  name: "queue pause",
  usage: "LANE",
  summary: "Pauses a lane: its jobs wait until it goes on.",
  about: `What runs ends. New jobs are accepted and held; their time to start stands
still. Autoscalers see an empty lane. Pause it once more to change --refuse.
Needs a key with the scope operator.`,
  options: {
    "--refuse": "refuse new work (503 queue_paused) instead of holding it",
    ...answerOptions,
  },
  examples: ["queue pause faq-javascript@1.interactive", "queue pause wine@1.bulk --refuse"],
  async run(given, shell) {
    const [lane = ""] = given.words;
    const body = JSON.stringify({ refuse: given.flags["refuse"] === true });
    const request = { path: lanePath(lane, "pause"), method: "POST", body };
    printLanes([await new Gateway(given, shell).json(request, laneSchema)], given, shell);
  },
};
