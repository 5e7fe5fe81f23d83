import { readEndpoint } from "../endpoints/endpoint.ts";
import { printEndpoint } from "../endpoints/print-endpoint.ts";
import { settledEndpoint } from "../endpoints/settled.ts";
import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import type { Command } from "../terminal/command.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { LiveLine } from "../terminal/live-line.ts";
import { wholeNumber } from "../terminal/whole-number.ts";

/** `endpoints get`: one endpoint, its variants and how they are. */
export const endpointsGet: Command = {
  name: "endpoints get",
  usage: "NAME",
  summary: "Shows an endpoint, its variants, and how they are.",
  about: `An asterisk marks the default variant. With --wait it returns once every variant
is ready, or scales from zero: no worker serves that one now, and the next job
starts one.`,
  options: {
    "--wait": "wait until all variants are ready",
    "--timeout SECONDS": { help: "how long --wait waits", default: "300" },
    ...answerOptions,
  },
  examples: ["endpoints get photos", "endpoints get photos --wait --timeout 60 --json"],
  async run(given, shell) {
    const { words, flags } = given;
    const [name = ""] = words;
    const seconds = wholeNumber(given, "timeout", 1);
    const endpoint =
      flags["wait"] === true
        ? await interruptible(async (signal) =>
            settledEndpoint(name, {
              gateway: new Gateway(given, shell, signal),
              line: new LiveLine(shell.notes),
              seconds,
            }),
          )
        : await readEndpoint(new Gateway(given, shell), name);
    printEndpoint(endpoint, given, shell);
  },
};
