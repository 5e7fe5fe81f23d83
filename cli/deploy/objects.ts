import { jobClasses } from "../../shared/lane.ts";
import { workKeys as keys } from "../../shared/redis/keys.ts";
import { RECENT_SECONDS } from "../../shared/redis/recent.ts";
import type { Pool } from "./options.ts";
import { POLLING_SECONDS, type Plan } from "./plan.ts";

/** Where a worker answers probes and metrics. */
const HEALTH_PORT = 9090;

/** What becomes one file. */
export interface NamedObject {
  readonly file: string;
  readonly object: object;
}

/** The objects of one model's workers: what `kubectl apply -k` takes. */
export function objectsOf(plan: Plan): readonly NamedObject[] {
  return [
    { file: "deployment.yaml", object: deployment(plan) },
    { file: "scaled-object.yaml", object: scaledObject(plan) },
    { file: "disruption-budget.yaml", object: disruptionBudget(plan) },
  ];
}

function metadataOf({ name, namespace, pool, model }: Plan): object {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: {
      "app.kubernetes.io/name": "scoreline",
      "app.kubernetes.io/part-of": "scoreline",
      ...selectorOf(name),
      "scoreline/pool": pool,
    },
    // As an annotation: a label may be too short for it.
    annotations: { "scoreline/model": model },
  };
}

/** The component is what network policies go by. */
function selectorOf(name: string): Readonly<Record<string, string>> {
  return { "app.kubernetes.io/component": "worker", "scoreline/workers": name };
}

/** Without `replicas`: KEDA decides, and an apply must not undo it. */
function deployment(plan: Plan): object {
  const { name, pool } = plan;
  const selector = selectorOf(name);
  // There may be no GPU to spare for a surge.
  const surge =
    pool === "gpu" ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: "25%", maxUnavailable: 0 };
  const labels = {
    "app.kubernetes.io/name": "scoreline",
    "app.kubernetes.io/part-of": "scoreline",
    ...selector,
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadataOf(plan),
    spec: {
      revisionHistoryLimit: 3,
      strategy: { rollingUpdate: surge },
      selector: { matchLabels: selector },
      template: { metadata: { labels }, spec: pod(plan) },
    },
  };
}

function pod(plan: Plan): object {
  const { name, pool, terminationSeconds } = plan;
  const tolerations = [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }];
  const spread = {
    topologyKey: "kubernetes.io/hostname",
    maxSkew: 1,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selectorOf(name) },
  };
  return {
    serviceAccountName: "worker",
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // Process 1 would ignore a SIGTERM that comes before it listens.
    shareProcessNamespace: true,
    terminationGracePeriodSeconds: terminationSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(pool === "gpu" ? { tolerations } : {}),
    topologySpreadConstraints: [spread],
    containers: [container(plan)],
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: pool === "gpu" ? "1Gi" : "64Mi" } }],
  };
}

function container(plan: Plan): object {
  const { image, pool, cores, memoryMib } = plan;
  const amount = { cpu: String(cores), memory: `${memoryMib}Mi` };
  const gpu = pool === "gpu" ? { "nvidia.com/gpu": "1" } : {};
  return {
    name: "worker",
    image,
    imagePullPolicy: "IfNotPresent",
    args: ["worker/main.ts"],
    // That of k8s/base, where these objects are built together with it.
    envFrom: [{ configMapRef: { name: "scoreline", optional: true } }],
    env: environment(plan),
    ports: [{ name: "health", containerPort: HEALTH_PORT }],
    resources: { requests: amount, limits: { ...amount, ...gpu } },
    // A GPU is tried before the first answer.
    startupProbe: probe("/healthz", 2, pool === "gpu" ? 150 : 30),
    livenessProbe: probe("/healthz", 10, 3),
    readinessProbe: probe("/readyz", 2, 3),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  };
}

function environment({ model, pool, slots, graceMs }: Plan): readonly object[] {
  const gpu = { EXECUTION_PROVIDERS: "cuda", CUDA_DEVICES: "0", CUDA_CACHE_PATH: "/tmp/cuda" };
  const values = {
    WORKER_ROLE: "score",
    WORKER_MODELS: model,
    ...(pool === "gpu" ? gpu : {}),
    WORKER_SLOTS: String(slots),
    HEALTH_HOST: "0.0.0.0",
    HEALTH_PORT: String(HEALTH_PORT),
    GRACE_MS: String(graceMs),
  };
  const secretKeyRef = { name: "redis-worker", key: "url" };
  return [
    ...Object.entries(values).map(([name, value]) => ({ name, value })),
    { name: "REDIS_URL", valueFrom: { secretKeyRef } },
  ];
}

function probe(path: string, periodSeconds: number, failureThreshold: number): object {
  return {
    httpGet: { path, port: "health" },
    periodSeconds,
    failureThreshold,
    timeoutSeconds: 2,
  };
}

function scaledObject(plan: Plan): object {
  const { name, model, pool, cooldownSeconds, maxReplicas, targets } = plan;
  // A GPU node is too dear to be bought because Redis is out of sight.
  const fallback = { failureThreshold: 3, replicas: 1, behavior: "currentReplicasIfHigher" };
  const triggers = [
    ...jobClasses.map((jobClass) =>
      trigger(jobClass, keys.load({ model, class: jobClass }), targets[jobClass]),
    ),
    trigger("recent", keys.recent(model), RECENT_TARGET),
  ];
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: metadataOf(plan),
    spec: {
      scaleTargetRef: { name },
      pollingInterval: POLLING_SECONDS,
      cooldownPeriod: cooldownSeconds - RECENT_SECONDS,
      minReplicaCount: 0,
      maxReplicaCount: maxReplicas,
      ...(pool === "gpu" ? {} : { fallback }),
      advanced: { horizontalPodAutoscalerConfig: { behavior: behavior(pool) } },
      triggers,
    },
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

/** Up at once, doubling or adding some, whichever is more; down one by one, since each that comes back loads its model anew. */
function behavior(pool: Pool): object {
  const doubled = { type: "Percent", value: 100, periodSeconds: 15 };
  const some = { type: "Pods", value: pool === "gpu" ? 1 : 4, periodSeconds: 15 };
  return {
    scaleUp: { stabilizationWindowSeconds: 0, policies: [doubled, some] },
    scaleDown: {
      stabilizationWindowSeconds: pool === "gpu" ? 300 : 180,
      policies: [{ type: "Pods", value: 1, periodSeconds: 30 }],
    },
  };
}

/** Never `minAvailable`: at zero or one it would block every drain. Who goes hands back what it holds. */
function disruptionBudget(plan: Plan): object {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadataOf(plan),
    spec: {
      maxUnavailable: "25%",
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: selectorOf(plan.name) },
    },
  };
}
