import { setTimeout as sleep } from "node:timers/promises";
import { childrenOf } from "./footprint.ts";
import { clockShift } from "../clock-shift.ts";
import type { Link } from "../link.ts";
import type { Fleet, Member, RoleKind } from "./fleet.ts";

export interface Scene {
  readonly fleet: Fleet;
  readonly random: () => number;
}

/** Something that breaks, and is whole again when the promise resolves. */
export type Breakage = (scene: Scene) => Promise<void>;

/** Longer than a worker's lease, in ms. */
const PAST_THE_LEASE_MS = 6000;

/** All that the faults suite breaks, by name. */
export const breakages = {
  "gateway killed": async (scene) => replaceOne(scene, "gateway", "SIGKILL"),
  "worker killed": async (scene) => replaceOne(scene, "worker", "SIGKILL"),
  "courier killed": async (scene) => replaceOne(scene, "courier", "SIGKILL"),
  "gateway stopped": async (scene) => replaceOne(scene, "gateway", "SIGTERM"),
  "worker stopped": async (scene) => replaceOne(scene, "worker", "SIGTERM"),
  "courier stopped": async (scene) => replaceOne(scene, "courier", "SIGTERM"),
  "worker frozen past its lease": async (scene) => {
    const child = oneOf(scene, "worker")?.role.child;
    child?.kill("SIGSTOP");
    await sleep(PAST_THE_LEASE_MS);
    child?.kill("SIGCONT");
  },
  "clock wrong": async (scene) => {
    const kind = oneOfList(["gateway", "worker", "courier"] as const, scene.random);
    const shiftMs = oneOfList([-3_600_000, -70_000, 70_000, 300_000], scene.random);
    const victim = oneOf(scene, kind);
    if (victim === undefined) return;
    const wrong = await scene.fleet.replace(victim, "SIGTERM", clockShift(shiftMs));
    await sleep(3000);
    await scene.fleet.replace(wrong, "SIGTERM");
  },
  "runner killed": async (scene) => {
    const runners = childrenOf(oneOf(scene, "worker")?.role.pid ?? -1);
    const victim = runners[Math.floor(scene.random() * runners.length)];
    if (victim !== undefined) process.kill(victim, "SIGKILL");
    await Promise.resolve();
  },
  "redis killed": async ({ fleet }) => {
    await fleet.system.redis.kill();
    await fleet.system.redis.launch();
  },
  "redis full": async ({ fleet: { system } }) => {
    const redis = system.redis.client();
    await redis.config("SET", "maxmemory", "1");
    await sleep(2000);
    await redis.config("SET", "maxmemory", "0");
  },
  "disk full": async ({ fleet: { system } }) => {
    // Redis refuses writes from then on, until its log can be written again.
    await system.redis.fillDisk(true);
    await sleep(2000);
    await system.redis.fillDisk(false);
  },
  "replies lost": async (scene) => {
    anyLink(scene).loseReplies("EVAL", 3);
    await sleep(500);
  },
  "connections cut": async (scene) => {
    anyLink(scene).cut();
    await Promise.resolve();
  },
  "connections half-open": async (scene) => {
    anyLink(scene).fallSilent();
    await sleep(500);
  },
  "link swallows": async (scene) => {
    const link = anyLink(scene);
    link.swallow(true);
    await sleep(1500);
    link.swallow(false);
  },
  "link slow": async (scene) => {
    const link = anyLink(scene);
    link.delayReplies(200);
    await sleep(1500);
    link.delayReplies(0);
  },
} satisfies Record<string, Breakage>;

export type BreakageName = keyof typeof breakages;

/** In a fixed order, so that a seed chooses the same. */
export const breakageNames: readonly BreakageName[] = names();

function names(): BreakageName[] {
  // The keys of the table itself.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.keys(breakages) as BreakageName[];
}

function oneOf({ fleet, random }: Scene, kind: RoleKind): Member | undefined {
  return fleet.of(kind)[Math.floor(random() * fleet.of(kind).length)];
}

function oneOfList<T>(list: readonly [T, ...T[]], random: () => number): T {
  return list[Math.floor(random() * list.length)] ?? list[0];
}

async function replaceOne(scene: Scene, kind: RoleKind, signal: NodeJS.Signals): Promise<void> {
  const victim = oneOf(scene, kind);
  if (victim !== undefined) await scene.fleet.replace(victim, signal);
}

function anyLink({ fleet: { links }, random }: Scene): Link {
  return oneOfList([links.gateway, links.worker, links.courier], random);
}
