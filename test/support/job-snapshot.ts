import type { Redis } from "ioredis";
import { z } from "zod";
import { jobClasses, laneName, type Lane } from "../../shared/lane.ts";
import { keys } from "./redis-keys.ts";
import { dump } from "./dump.ts";
import {
  bytesOf,
  dueMs,
  isUnfinished,
  laneOf,
  type Course,
  type JobMachine,
} from "./job-machine.ts";

type Snapshot = Record<string, unknown>;

const RECORD = keys.job("");
const INPUT = keys.input("").slice(RECORD.length);
const [LOAD, FLOW] = [prefixOf(keys.load), prefixOf(keys.flow)];

/** What Redis holds of jobs, without what a plain model does not know: pace, errors, outputs. */
export async function readSnapshot(redis: Redis): Promise<Snapshot> {
  const all = Object.entries(await dump(redis));
  return Object.fromEntries(all.map(([name, value]) => [name, essence(name, value)]));
}

function essence(name: string, value: unknown): unknown {
  if (name.startsWith(LOAD)) return Array.isArray(value) ? value.length : value;
  if (name.includes(`${INPUT} (`)) return "payload";
  const fields = new Map<string, unknown>(Object.entries(Object(value)));
  const text = (field: string): string => z.string().catch("").parse(fields.get(field));
  if (name.startsWith(FLOW)) return numbers(fields, ["running", "bytes"]);
  if (name.startsWith(keys.tenant(""))) return numbers(fields, ["jobs", "bytes"]);
  if (!name.startsWith(RECORD)) return value;
  const history: unknown = JSON.parse(`[${text("h")}]`);
  return {
    status: fields.get("s"),
    attempt: Number(fields.get("a") ?? 0),
    firstAttempt: Number(fields.get("ab") ?? 1),
    token: fields.get("r"),
    startedAtMs: Number(fields.get("sa") ?? 0),
    endsBefore: Array.isArray(history) ? history.length : -1,
  };
}

/** What stands before a lane's name. */
function prefixOf(key: (lane: Lane) => string): string {
  return key({ model: "", class: "bulk" }).slice(0, -".bulk".length);
}

function numbers(fields: ReadonlyMap<string, unknown>, names: readonly string[]): unknown {
  return Object.fromEntries(names.map((name) => [name, Number(fields.get(name) ?? 0)]));
}

/** What Redis must hold when the machine is right. Empty collections have no key. */
export function expectedSnapshot(machine: JobMachine): Snapshot {
  const courses = [...machine.courses.values()];
  return Object.fromEntries([
    ...courses.filter(({ status }) => status !== "gone").map((it) => recordOf(it)),
    ...[...machine.inputs].map((id) => inputOf(id, machine.courses.get(id))),
    ...jobClasses.flatMap((jobClass) => laneEntries(courses, jobClass)),
    ...tenantEntries(courses),
    ...[...machine.bound].map(([scope, bound]) => [
      `${keys.idempotency(scope)} (expires)`,
      bound.join(" "),
    ]),
    ...sortedSet(
      keys.due,
      courses.filter(isUnfinished).map((it) => [it.job.id, dueMs(it)]),
    ),
    ...sortedSet(keys.undispatched, [...machine.marks]),
  ]);
}

type Entry = readonly [name: string, value: unknown];

function recordOf(course: Course): Entry {
  const { job, status, attempt, firstAttempt, token, startedAtMs, endsBefore } = course;
  const ttl = isUnfinished(course) ? "stays" : "expires";
  const deleted = { attempt: 0, firstAttempt: 1, token: undefined, startedAtMs: 0, endsBefore: 0 };
  const whole = { attempt, firstAttempt, token, startedAtMs: startedAtMs ?? 0, endsBefore };
  return [`${keys.job(job.id)} (${ttl})`, { status, ...(status === "deleted" ? deleted : whole) }];
}

function inputOf(id: string, course: Course | undefined): Entry {
  const ttl = course !== undefined && isUnfinished(course) ? "stays" : "expires";
  return [`${keys.input(id)} (${ttl})`, "payload"];
}

function laneEntries(courses: readonly Course[], jobClass: Lane["class"]): readonly Entry[] {
  const ofLane = courses.filter(({ job }) => job.class === jobClass);
  const [first] = ofLane;
  if (first === undefined) return [];
  const lane = laneOf(first.job);
  const unfinished = ofLane.filter((it) => isUnfinished(it));
  const running = unfinished.filter(({ status }) => status === "running").length;
  const load: readonly Entry[] =
    unfinished.length === 0 ? [] : [[`${keys.load(lane)} (stays)`, unfinished.length]];
  return [
    [`${keys.flow(lane)} (stays)`, { running, bytes: bytesOf(unfinished) }],
    ...sortedSet(
      keys.outstanding(lane),
      unfinished.map((it) => [it.job.id, it.outstandingSinceMs]),
    ),
    ...load,
  ];
}

function tenantEntries(courses: readonly Course[]): readonly Entry[] {
  if (courses.length === 0) return [];
  const tenants = [...Map.groupBy(courses, ({ job }) => job.tenant)];
  const lanes = new Set(courses.map(({ job }) => laneName(laneOf(job))));
  const models = new Set(courses.map(({ job }) => job.model));
  return [
    ...[...models].map((model): Entry => [`${keys.recent(model)} (expires)`, ["1"]]),
    [`${keys.lanes} (stays)`, [...lanes].toSorted()],
    [`${keys.tenants} (stays)`, tenants.map(([tenant]) => tenant).toSorted()],
    ...tenants.flatMap(([tenant, owned]) => {
      const unfinished = owned.filter((it) => isUnfinished(it));
      const count: Entry = [
        `${keys.tenant(tenant)} (stays)`,
        { jobs: unfinished.length, bytes: bytesOf(unfinished) },
      ];
      const listed = owned.filter(({ isListed }) => isListed);
      return [
        count,
        ...sortedSet(
          keys.jobs(tenant),
          listed.map(({ job, createdAtMs }) => [job.id, createdAtMs]),
        ),
      ];
    }),
  ];
}

/** As ZRANGE WITHSCORES gives it: by score, then by member. */
function sortedSet(
  name: string,
  members: readonly (readonly [member: string, score: number])[],
): readonly Entry[] {
  if (members.length === 0) return [];
  const inOrder = members.toSorted(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  return [[`${name} (stays)`, inOrder.flatMap(([member, score]) => [member, String(score)])]];
}
