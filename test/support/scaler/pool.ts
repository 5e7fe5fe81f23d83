import { z } from "zod";
import { RECENT_SECONDS } from "../../../shared/redis/recent.ts";
import { readText } from "../../sync/support/repository.ts";
import { objectsOf, podOf, type ClusterObject } from "../cluster-objects.ts";
import type { Direction, Scaling } from "./decide.ts";

/** The one place for it: a second of ours stands for so many of a cluster. */
export const COMPRESSION = 60;

/** `--horizontal-pod-autoscaler-sync-period`, its default. */
const SYNC_SECONDS = 15;

const directionSchema = z
  .object({
    stabilizationWindowSeconds: z.number(),
    policies: z.array(
      z.object({
        type: z.enum(["Pods", "Percent"]),
        value: z.number(),
        periodSeconds: z.number(),
      }),
    ),
  })
  .transform(({ stabilizationWindowSeconds, policies }) => ({
    windowMs: stabilizationWindowSeconds * 1000,
    policies: policies.map(({ periodSeconds, ...policy }) => ({
      ...policy,
      periodMs: periodSeconds * 1000,
    })),
  }));

const scaledObjectSchema = z.object({
  spec: z.object({
    pollingInterval: z.number(),
    cooldownPeriod: z.number(),
    minReplicaCount: z.number(),
    maxReplicaCount: z.number(),
    advanced: z.object({
      horizontalPodAutoscalerConfig: z.object({
        behavior: z.object({ scaleUp: directionSchema, scaleDown: directionSchema }),
      }),
    }),
    triggers: z.array(
      z.object({
        type: z.literal("redis"),
        metadata: z.object({
          listName: z.string(),
          listLength: z.coerce.number(),
          activationListLength: z.coerce.number(),
        }),
      }),
    ),
  }),
});

/** A Deployment of workers and its ScaledObject, in ms. */
export interface Pool extends Scaling {
  readonly pollMs: number;
  readonly syncMs: number;
  /** How long Redis may remember that work came. */
  readonly recentMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly terminationMs: number;
  /** Of its container, but for what belongs to a pod's network. */
  readonly env: Readonly<Record<string, string>>;
}

/** @param folder with `deployment.yaml` and `scaled-object.yaml`, relative to the repository */
export function readPool(folder: string): Pool {
  const texts = ["deployment.yaml", "scaled-object.yaml"].map((file) =>
    readText(`${folder}/${file}`),
  );
  return poolOf(texts.join("---\n"));
}

/** @param yaml a Deployment and a ScaledObject @throws when either is missing or lacks a setting */
export function poolOf(yaml: string): Pool {
  const objects = objectsOf(yaml);
  const { spec } = scaledObjectSchema.parse(one(objects, "ScaledObject"));
  const pod = podOf(one(objects, "Deployment"))?.pod;
  const [container] = pod?.containers ?? [];
  const grace = z.number().parse(pod?.terminationGracePeriodSeconds);
  const { scaleUp, scaleDown } = spec.advanced.horizontalPodAutoscalerConfig.behavior;
  const env = (container?.env ?? []).flatMap(({ name, value }) =>
    value === undefined || name.startsWith("HEALTH_") ? [] : [[name, value] as const],
  );
  return {
    pollMs: spec.pollingInterval * 1000,
    syncMs: SYNC_SECONDS * 1000,
    recentMs: RECENT_SECONDS * 1000,
    cooldownMs: spec.cooldownPeriod * 1000,
    replicasMin: spec.minReplicaCount,
    replicasMax: spec.maxReplicaCount,
    up: scaleUp,
    down: scaleDown,
    terminationMs: grace * 1000,
    env: Object.fromEntries(env),
    triggers: spec.triggers.map(({ metadata: { listName, listLength, activationListLength } }) => ({
      list: listName,
      target: listLength,
      activation: activationListLength,
    })),
  };
}

function one(objects: readonly ClusterObject[], kind: string): ClusterObject {
  const found = objects.find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
}

/**
 * The same pool with time running faster. A target is what a replica gets done in the wished wait: a
 * shorter wait, less of it. The time until the kill stays: processes do not end faster.
 */
export function compressed(pool: Pool, factor = COMPRESSION): Pool {
  const faster = ({ windowMs, policies }: Direction): Direction => ({
    windowMs: windowMs / factor,
    policies: policies.map((policy) => ({ ...policy, periodMs: policy.periodMs / factor })),
  });
  return {
    ...pool,
    pollMs: pool.pollMs / factor,
    syncMs: pool.syncMs / factor,
    recentMs: pool.recentMs / factor,
    cooldownMs: pool.cooldownMs / factor,
    up: faster(pool.up),
    down: faster(pool.down),
    triggers: pool.triggers.map((trigger) => ({
      ...trigger,
      target: Math.max(1, Math.floor(trigger.target / factor)),
    })),
  };
}
