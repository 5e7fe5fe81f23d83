import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { breakageNames } from "../support/faults/breakage.ts";
import { Trial } from "../support/faults/trial.ts";

const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
const CLIENTS = 6;
const PAUSE_MS = 150;

describe("a system under load", () => {
  it("keeps its promises while everything breaks once, in an order that the seed decides", async (t) => {
    t.diagnostic(`SEED=${SEED}`);
    const say = (line: string): void => t.diagnostic(line);
    await using trial = await Trial.start({
      seed: SEED,
      gateways: 2,
      workers: 2,
      couriers: 1,
      say,
    });
    trial.load(CLIENTS, PAUSE_MS);
    await trial.undisturbed();
    const order = breakageNames
      .map((name) => ({ name, at: trial.random() }))
      .toSorted((a, b) => a.at - b.at);
    for (const { name } of order) {
      await trial.break(name);
      // Load between two of them; nothing is expected of the time.
      await sleep(500 + trial.random() * 1000);
    }
    await trial.judge();
  });
});
