import * as fc from "fast-check";
import { isTerminal } from "../../shared/job/view.ts";
import type { Course } from "./job-machine.ts";

const pick = fc.nat(11);
const job = fc.record({
  key: fc.option(fc.nat(2), { freq: 2 }),
  body: fc.nat(1),
  isLarge: fc.boolean(),
  tenant: fc.constantFrom("one", "two"),
  startMs: fc.constantFrom(200, 600_000),
  attemptMs: fc.constantFrom(150, 60_000),
  totalMs: fc.constantFrom(500, 3_600_000),
  retries: fc.constantFrom(0, 2),
});

/** One move of a client, a worker, the courier or time; numbers choose among what there is. */
export const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: step("create", { bulk: fc.boolean(), jobs: several(job) }) },
    { weight: 6, arbitrary: step("fetch", { jobs: several(pick), isOld: rarely() }) },
    { weight: 6, arbitrary: step("settle", { run: pick, job: pick, isGood: fc.boolean() }) },
    { weight: 2, arbitrary: step("release", { run: pick }) },
    { weight: 2, arbitrary: step("lose", { run: pick }) },
    { weight: 1, arbitrary: step("mark", { run: pick }) },
    { weight: 3, arbitrary: step("cancel", { job: pick }) },
    { weight: 4, arbitrary: step("retry", { job: pick, isOld: rarely() }) },
    { weight: 2, arbitrary: step("erase", { job: pick }) },
    { weight: 3, arbitrary: step("sweep", { afterMs: fc.nat(400) }) },
    { weight: 2, arbitrary: step("lapse", { job: pick }) },
    { weight: 1, arbitrary: step("trim", {}) },
    { weight: 3, arbitrary: step("resend", { step: pick }) },
  ),
  { minLength: 5, maxLength: 30 },
);

export type Step = (typeof steps extends fc.Arbitrary<infer T> ? T : never)[number];
export type StepOf<D extends Step["do"]> = Extract<Step, { do: D }>;

function step<D extends string, T extends object>(
  name: D,
  model: { [K in keyof T]: fc.Arbitrary<T[K]> },
): fc.Arbitrary<{ do: D } & T> {
  // What the record holds is what its model says.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return fc.record({ do: fc.constant(name), ...model }) as unknown as fc.Arbitrary<{ do: D } & T>;
}

function several<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(one, { minLength: 1, maxLength: 3 });
}

function rarely(): fc.Arbitrary<boolean> {
  return fc.nat(4).map((it) => it === 0);
}

/** Whether a job may go from one status to another in one step. */
export function isLegal(before: Course["status"], after: Course["status"]): boolean {
  if (before === after) return true;
  switch (before) {
    case "queued":
      return after === "running" || (after !== "gone" && after !== "deleted" && isTerminal(after));
    case "running":
      return after === "queued" || (after !== "gone" && after !== "deleted" && isTerminal(after));
    case "succeeded":
      return after === "deleted" || after === "gone";
    case "failed":
    case "canceled":
    case "expired":
      return after === "queued" || after === "deleted" || after === "gone";
    case "deleted":
      return after === "gone";
    case "gone":
      return false;
  }
}
