import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import type { Dispatch } from "../../shared/dispatch/dispatch.ts";
import { failure, type Outcome } from "../../shared/job/outcome.ts";
import type { NewJob } from "../../shared/job/new-job.ts";
import { accept, packDispatches, type Quota } from "../../shared/job/accept.ts";
import { endOverdue } from "../../shared/job/due.ts";
import { eraseJob } from "../../shared/job/erase.ts";
import { fetchJobs, markInRun, noteExclusiveRun, releaseJobs } from "../../shared/job/fetch.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import { keys } from "./redis-keys.ts";
import { ListingTrim } from "../../shared/redis/listing.ts";
import { queueLost } from "../../shared/dispatch/lost.ts";
import { dispatchOf, requeue } from "../../shared/job/retry.ts";
import { settleAll } from "../../shared/job/settle.ts";
import { atTime } from "../../shared/redis/script.ts";
import { JobMachine, laneOf, type Course, type Run } from "./job-machine.ts";
import type { Step, StepOf } from "./job-steps.ts";
import { newJob, quota, testIds } from "./jobs.ts";

/** Small enough that sequences run into every limit. */
const QUOTA: Quota = quota({ laneJobs: 6, laneBytes: 30_000, tenantJobs: 4, tenantBytes: 20_000 });

interface Held {
  readonly run: Run;
  readonly lane: Lane;
  /** By id, as fetch told them. */
  attempts: ReadonlyMap<string, number>;
}

/** Takes steps in a real Redis and in the machine, and compares what each answers. */
export class Walk {
  readonly machine = new JobMachine(QUOTA);
  readonly #redis: Redis;
  #nowMs = 1_000_000;
  #tokens = 0;
  readonly #runs: Held[] = [];
  /** Sent before: ioredis may send any of them once more. */
  readonly #sent: (() => Promise<void>)[] = [];
  readonly #outcomes = new Map<string, number>();

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async take(move: Step): Promise<void> {
    this.#nowMs += 10;
    const send = await this.#sender(move);
    if (send === undefined) return;
    await send();
    this.#sent.push(send);
  }

  /** Ends all that has not ended. */
  async finish(): Promise<void> {
    for (const course of this.machine.unfinished()) await this.#settle(course, undefined, CANCEL);
  }

  async #sender(move: Step): Promise<(() => Promise<void>) | undefined> {
    switch (move.do) {
      case "create":
        return this.#create(move);
      case "fetch":
        return this.#fetch(move);
      case "settle":
        return this.#settleRun(move);
      case "release":
        return this.#release(move);
      case "lose":
        return this.#lose(move);
      case "mark":
        return this.#mark(move);
      case "cancel":
        return this.#of(move, async (course) => this.#settle(course, undefined, CANCEL));
      case "retry":
        return this.#retry(move);
      case "erase":
        return this.#of(move, async (course) => this.#erase(course));
      case "sweep":
        this.#nowMs += move.afterMs;
        return this.#at(async (nowMs) => {
          assert.equal(await endOverdue(atTime(this.#redis, nowMs)), this.machine.sweep(nowMs));
        });
      case "lapse":
        return this.#of(move, async (course) => this.#lapse(course));
      case "trim":
        return async () => {
          assert.equal(await new ListingTrim(this.#redis).sweep(), this.machine.trim());
        };
      case "resend":
        return this.#sent.at(move.step % Math.max(1, this.#sent.length));
    }
  }

  async #create({ bulk, jobs: wanted }: StepOf<"create">): Promise<() => Promise<void>> {
    const lane: Lane = { model: "m@1", class: bulk ? "bulk" : "interactive" };
    const jobs = wanted.map((it) => jobOf(lane, it, this.#nowMs));
    const dispatches = packDispatches(lane, jobs, 2);
    for (const { id, payload } of jobs) {
      if (payload.length <= 8192) continue;
      await this.#redis.set(keys.input(id), payload, "EX", 600);
      this.machine.inputs.add(id);
    }
    return this.#at(async (nowMs) => {
      // A record that has gone since is made anew: a resend is not that late.
      if (jobs.some(({ id }) => this.machine.courses.get(id)?.status === "gone")) return;
      const options = { lane, jobs, dispatches, quota: QUOTA };
      const verdicts = await accept(atTime(this.#redis, nowMs), options);
      assert.deepEqual(
        verdicts.map((it) => (it.kind === "replayed" ? it.id : it.kind)),
        this.machine.accept(jobs, dispatches, nowMs),
      );
    });
  }

  #fetch({ jobs, isOld }: StepOf<"fetch">): (() => Promise<void>) | undefined {
    const found = new Set(jobs.flatMap((it) => this.#course(it) ?? []));
    const [first] = found;
    if (first === undefined) return undefined;
    const ids = [...found].filter(({ job: it }) => it.class === first.job.class);
    const run: Run = {
      ids: ids.map(({ job: it }) => it.id),
      token: `run-${(this.#tokens += 1)}`,
      firstAttempt: isOld ? 1 : first.firstAttempt,
    };
    const lane = laneOf(first.job);
    const held: Held = { run, lane, attempts: new Map() };
    this.#runs.push(held);
    return this.#at(async (nowMs) => {
      const fetched = await fetchJobs(atTime(this.#redis, nowMs), { ...run, lane });
      const { taken, exhausted } = this.machine.fetch(run, nowMs);
      assert.deepEqual(
        fetched.jobs.map(({ id, attempt }) => [id, attempt]),
        taken,
      );
      assert.ok(fetched.jobs.every(({ rows }) => rows.length === 1));
      assert.deepEqual(
        fetched.exhausted.map(({ id, attempt }) => [id, attempt]),
        exhausted,
      );
      held.attempts = new Map(taken);
      for (const [id, attempt] of exhausted) {
        const course = this.machine.courses.get(id);
        if (course !== undefined) await this.#settle(course, attempt, FAIL);
      }
    });
  }

  #settleRun({ run, job: at, isGood }: StepOf<"settle">): (() => Promise<void>) | undefined {
    const held = this.#run(run);
    const [id, attempt] = [...(held?.attempts ?? [])].at(at % (held?.attempts.size || 1)) ?? [];
    const course = this.machine.courses.get(id ?? "");
    if (course === undefined) return undefined;
    return async () => this.#settle(course, attempt, isGood ? SUCCEED : FAIL);
  }

  async #settle({ job: it }: Course, attempt: number | undefined, outcome: Outcome): Promise<void> {
    const settlement = { id: it.id, lane: laneOf(it), attempt, outcome };
    const ran = this.machine.courses.get(it.id)?.attempt;
    const verdicts = await settleAll(atTime(this.#redis, this.#nowMs), [settlement]);
    assert.deepEqual(verdicts, [this.machine.settle(it.id, attempt, outcome.status)]);
    if (verdicts[0] !== "settled") return;
    const ended = `${it.id}/${ran}`;
    this.#outcomes.set(ended, (this.#outcomes.get(ended) ?? 0) + 1);
    assert.equal(this.#outcomes.get(ended), 1, "one outcome per attempt");
  }

  #release({ run }: StepOf<"release">): (() => Promise<void>) | undefined {
    const held = this.#run(run);
    if (held === undefined) return undefined;
    return async () => {
      const client = atTime(this.#redis, this.#nowMs);
      await releaseJobs(client, { ...held.run, lane: held.lane });
      this.machine.release(held.run);
    };
  }

  /** The worker of a run dies, and the stall of its dispatch is noticed. */
  #lose({ run }: StepOf<"lose">): (() => Promise<void>) | undefined {
    const held = this.#run(run);
    if (held === undefined) return undefined;
    const { ids, firstAttempt } = held.run;
    const lane = laneName(held.lane);
    const attempt = firstAttempt === 1 ? {} : { attempt: firstAttempt };
    const dispatch: Dispatch = { v: 1, lane, jobs: [...ids], rows: 1, ...attempt };
    return this.#at(async (nowMs) => {
      const lost = await queueLost(atTime(this.#redis, nowMs), dispatch);
      assert.equal(lost, this.machine.lose(held.run));
    });
  }

  /** Marks change what is shown and how a job is run, not where it stands. */
  #mark({ run }: StepOf<"mark">): (() => Promise<void>) | undefined {
    const held = this.#run(run);
    if (held === undefined) return undefined;
    const { ids, token } = held.run;
    return async () => {
      await markInRun(this.#redis, { ids, token, lane: held.lane });
      for (const id of ids) await noteExclusiveRun(this.#redis, { id, token }, 1);
    };
  }

  #retry({ job: at, isOld }: StepOf<"retry">): (() => Promise<void>) | undefined {
    const course = this.#course(at);
    if (course === undefined) return undefined;
    const { id, model, class: jobClass, rows } = course.job;
    const attempt = Math.max(1, course.attempt - (isOld ? 1 : 0));
    const again = { id, model, class: jobClass, rows, attempt };
    const dispatch = dispatchOf(again);
    const token = `retry-${(this.#tokens += 1)}`;
    return this.#at(async (nowMs) => {
      const options = { job: again, quota: QUOTA, token };
      const verdict = await requeue(atTime(this.#redis, nowMs), dispatch, options);
      assert.equal(verdict, this.machine.retry({ id, attempt, token, dispatch }, nowMs));
    });
  }

  async #erase({ job: { id, tenant } }: Course): Promise<void> {
    assert.equal(await eraseJob(this.#redis, id, tenant), this.machine.erase(id));
  }

  async #lapse({ job: { id } }: Course): Promise<void> {
    if (this.machine.lapse(id)) await this.#redis.del(keys.job(id), keys.input(id));
  }

  #of(
    { job: at }: { readonly job: number },
    send: (course: Course) => Promise<void>,
  ): (() => Promise<void>) | undefined {
    const course = this.#course(at);
    return course && (async () => send(course));
  }

  /** Sent again, it comes later. */
  #at(send: (nowMs: number) => Promise<void>): () => Promise<void> {
    return async () => send(this.#nowMs);
  }

  #course(at: number): Course | undefined {
    return [...this.machine.courses.values()].at(at % Math.max(1, this.machine.courses.size));
  }

  #run(at: number): Held | undefined {
    return this.#runs.at(at % Math.max(1, this.#runs.length));
  }
}

const CANCEL = failure(new Error("canceled"), undefined, "canceled");
const FAIL = failure(new Error("no"));
const SUCCEED: Outcome = { status: "succeeded", body: "{}", metrics: undefined };

type Wanted = StepOf<"create">["jobs"][number];

function jobOf(lane: Lane, wanted: Wanted, nowMs: number): NewJob {
  const { key, body, isLarge, tenant, startMs, attemptMs, totalMs, retries } = wanted;
  return newJob(lane, isLarge ? "x".repeat(9000) : "a", {
    id: testIds.create("job", tenant, nowMs),
    tenant,
    limits: { startMs, attemptMs, totalMs, retries, retentionSeconds: 3600 },
    idempotency:
      key === null ? undefined : { scope: `${tenant}-${key}`, fingerprint: `body-${body}` },
  });
}
