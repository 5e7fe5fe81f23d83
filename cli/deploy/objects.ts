import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isSeq, parseAllDocuments, type Document } from "yaml";
import { z } from "zod";
import { jobClasses } from "../../shared/lane.ts";
import { workKeys as keys } from "../../shared/redis/keys.ts";
import { RECENT_SECONDS } from "../../shared/redis/recent.ts";
import { POLLING_SECONDS, type Plan } from "./plan.ts";

/** What becomes one file. */
export interface NamedObject {
  readonly file: string;
  readonly object: object;
}

/** Where the pools stand that several models share: Deployment and budget, and what scales them. */
const POOLS = {
  cpu: ["k8s/base/worker-cpu.yaml", "keda/worker-cpu.yaml"],
  gpu: ["k8s/components/worker-gpu/worker-gpu.yaml", "keda/worker-gpu/worker-gpu.yaml"],
} as const;

/**
 * The objects of one model's workers: what `kubectl apply -k` takes. They are those of the shared pool
 * of its kind, but for what the plan says.
 *
 * @param root the repository's folder
 */
export function objectsOf(plan: Plan, root: string): readonly NamedObject[] {
  const [deployment, budget, scaledObject] = POOLS[plan.pool].flatMap((path) =>
    parseAllDocuments(readFileSync(join(root, path), "utf8")),
  );
  return [
    { file: "deployment.yaml", object: edited(deployment, deploymentEdits(plan, deployment)) },
    { file: "scaled-object.yaml", object: edited(scaledObject, scalingEdits(plan)) },
    { file: "disruption-budget.yaml", object: edited(budget, budgetEdits(plan)) },
  ];
}

/** Values by their paths in an object. */
type Edits = Readonly<Record<string, unknown>>;

function edited(document: Document | undefined, edits: Edits): object {
  for (const [path, value] of Object.entries(edits)) document?.setIn(path.split("."), value);
  return Object(document?.toJS());
}

function metadataOf({ name, namespace, pool, model }: Plan): object {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { ...labelsOf(name), "scoreline/pool": pool },
    // As an annotation: a label may be too short for it.
    annotations: { "scoreline/model": model },
  };
}

/** Those that kustomize adds to the shared pools. */
function labelsOf(name: string): object {
  return {
    "app.kubernetes.io/name": "scoreline",
    "app.kubernetes.io/part-of": "scoreline",
    ...selectorOf(name),
  };
}

/** The component is what network policies go by. */
function selectorOf(name: string): object {
  return { "app.kubernetes.io/component": "worker", "scoreline/workers": name };
}

/** Without `replicas`: KEDA decides, and an apply must not undo it. */
function deploymentEdits(plan: Plan, pool: Document | undefined): Edits {
  const { name, cores, memoryMib } = plan;
  const selector = selectorOf(name);
  const amounts = ["requests", "limits"].flatMap((kind) => [
    [`${CONTAINER}.resources.${kind}.cpu`, String(cores)],
    [`${CONTAINER}.resources.${kind}.memory`, `${memoryMib}Mi`],
  ]);
  return {
    metadata: metadataOf(plan),
    "spec.selector.matchLabels": selector,
    "spec.template.metadata.labels": labelsOf(name),
    "spec.template.spec.terminationGracePeriodSeconds": plan.terminationSeconds,
    "spec.template.spec.topologySpreadConstraints.0.labelSelector.matchLabels": selector,
    [`${CONTAINER}.image`]: plan.image,
    [`${CONTAINER}.env`]: environment(plan, pool?.getIn(`${CONTAINER}.env`.split("."))),
    ...Object.fromEntries(amounts),
    ...(plan.pool === "gpu" ? gpuEdits(plan, pool) : {}),
  };
}

/** One GPU, by the name that the device plugin of its make has for it. */
function gpuEdits({ gpuResource, cores, memoryMib }: Plan, pool: Document | undefined): Edits {
  const limits = { cpu: String(cores), memory: `${memoryMib}Mi`, [gpuResource]: "1" };
  const tolerations = toleratedSchema.parse(
    Object(pool?.getIn(TOLERATIONS.split("."))).toJSON?.() ?? [],
  );
  return {
    [`${CONTAINER}.resources.limits`]: limits,
    [TOLERATIONS]: tolerations.map((one) => ({ ...one, key: gpuResource })),
  };
}

const TOLERATIONS = "spec.template.spec.tolerations";
const toleratedSchema = z.array(z.looseObject({ key: z.string() }));

const CONTAINER = "spec.template.spec.containers.0";

/** A pool that serves one model needs no bound for what several take. */
function environment({ model, slots, graceMs, provider }: Plan, pool: unknown): readonly object[] {
  const own = new Map([
    ["WORKER_MODELS", model],
    ["WORKER_SLOTS", String(slots)],
    ["GRACE_MS", String(graceMs)],
    ["EXECUTION_PROVIDERS", provider],
  ]);
  return variablesSchema
    .parse(isSeq(pool) && pool.toJSON())
    .filter(({ name }) => name !== "RUNNER_MEMORY_MB")
    .map((variable) => {
      const value = own.get(variable.name);
      return value === undefined ? variable : { ...variable, value };
    });
}

const variablesSchema = z.array(z.looseObject({ name: z.string() }));

function scalingEdits(plan: Plan): Edits {
  const { name, model, targets } = plan;
  return {
    metadata: metadataOf(plan),
    "spec.scaleTargetRef.name": name,
    "spec.pollingInterval": POLLING_SECONDS,
    "spec.cooldownPeriod": plan.cooldownSeconds - RECENT_SECONDS,
    "spec.minReplicaCount": plan.minReplicas,
    "spec.maxReplicaCount": plan.maxReplicas,
    "spec.triggers": [
      ...jobClasses.map((jobClass) =>
        trigger(jobClass, keys.load({ model, class: jobClass }), targets[jobClass]),
      ),
      trigger("recent", keys.recent(model), RECENT_TARGET),
    ],
  };
}

/** What remembers that work came has one element: far from asking for a second replica. */
const RECENT_TARGET = 100;

function trigger(name: string, list: string, target: number): object {
  return {
    type: "redis",
    name,
    authenticationRef: { name: "redis" },
    metadata: { listName: list, listLength: String(target), activationListLength: "0" },
  };
}

function budgetEdits(plan: Plan): Edits {
  return { metadata: metadataOf(plan), "spec.selector.matchLabels": selectorOf(plan.name) };
}
