import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { lanePath, laneSchema, printLanes } from "../queue/lane.ts";
import type { Command } from "../terminal/command.ts";

/** `queue resume`: the end of a pause. */
export const queueResume: Command = {
  name: "queue resume",
  usage: "LANE",
  summary: "Lets a paused lane go on.",
  about: "Needs a key with the scope operator.",
  options: answerOptions,
  examples: ["queue resume faq-javascript@1.interactive"],
  async run(given, shell) {
    const [lane = ""] = given.words;
    const request = { path: lanePath(lane, "resume"), method: "POST" };
    printLanes([await new Gateway(given, shell).json(request, laneSchema)], given, shell);
  },
};
