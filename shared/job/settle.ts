import type { Redis } from "ioredis";
import { ScoringError } from "../error.ts";
import { failpoint } from "../failpoint.ts";
import type { Outcome } from "./outcome.ts";
import { asList, asOneOf, Script } from "../redis/script.ts";
import { partitionOf } from "../id.ts";
import { laneName, type Lane } from "../lane.ts";
import { flowFunctions, paceFunctions } from "../lane/flow.ts";
import { keysFor } from "../redis/keys.ts";
import { Tick } from "./tick.ts";
import { deliver } from "../webhook/deliver.ts";

const own = { url: new URL("./settle.lua", import.meta.url) };
const script = new Script([deliver, flowFunctions, paceFunctions, own]);

export interface Settlement {
  readonly id: string;
  readonly lane: Lane;
  /** The attempt that ran, or that is at its end; undefined settles any (cancel). */
  readonly attempt: number | undefined;
  /** Settles only from this status; undefined from either. */
  readonly from?: "queued" | "running";
  readonly outcome: Outcome;
}

/** `late`: the job had ended before, or another attempt is the one that counts. */
export type SettleVerdict = (typeof verdicts)[number];

const verdicts = ["settled", "late", "missing"] as const;

/** Told of every job that ended here: not of late ones. */
export type OnSettled = (settlement: Settlement) => void;

/** Ends jobs, once each; all that end in one turn of the event loop travel together. */
export class Settler {
  readonly #redis: Redis;
  readonly #onSettled: OnSettled;
  readonly #tick = new Tick<Settlement, SettleVerdict>(
    ({ id, lane }) => `${partitionOf(id)} ${laneName(lane)}`,
    async (settlements) => this.#settle(settlements),
  );

  constructor(redis: Redis, onSettled: OnSettled) {
    this.#redis = redis;
    this.#onSettled = onSettled;
  }

  /** @throws {ScoringError} `service_unavailable` when Redis did not confirm it */
  async settle(settlement: Settlement): Promise<SettleVerdict> {
    return (await this.#tick.add(settlement)) ?? "missing";
  }

  async #settle(settlements: readonly Settlement[]): Promise<readonly SettleVerdict[]> {
    try {
      const ends = await settleAll(this.#redis, settlements);
      failpoint("settled");
      for (const [i, it] of settlements.entries()) if (ends[i] === "settled") this.#onSettled(it);
      return ends;
    } catch (cause) {
      const message = "The end of the job cannot be recorded at the moment.";
      throw new ScoringError("service_unavailable", message, { cause });
    }
  }
}

/** @param settlements of one lane and one partition */
export async function settleAll(
  redis: Redis,
  settlements: readonly Settlement[],
): Promise<SettleVerdict[]> {
  const [first] = settlements;
  if (first === undefined) return [];
  const keys = keysFor(first.id);
  const reply = await script.run(
    redis,
    [
      keys.outstanding(first.lane),
      keys.load(first.lane),
      keys.flow(first.lane),
      keys.due,
      ...settlements.map(({ id }) => keys.job(id)),
    ],
    [
      keys.settled(""),
      keys.tenant(""),
      ...settlements.flatMap(({ id, attempt, from, outcome }) => [
        id,
        expected(attempt, from),
        outcome.status,
        outcome.body,
        outcome.metrics === undefined ? "" : JSON.stringify(outcome.metrics),
      ]),
    ],
  );
  return asList(reply).map((verdict) => asOneOf(verdict, verdicts));
}

function expected(attempt: number | undefined, from: Settlement["from"]): string | number {
  if (attempt === undefined) return "";
  return from === undefined ? attempt : `${from}/${attempt}`;
}
