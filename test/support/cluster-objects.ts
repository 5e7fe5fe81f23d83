import { basename } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { filesMatching } from "../sync/support/repository.ts";

const names = z.record(z.string(), z.string());

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    labels: names.optional(),
    annotations: names.optional(),
  }),
});

/** An object of the Kubernetes API. */
export type ClusterObject = z.infer<typeof objectSchema>;

/** An object as a file of ours has it. */
export interface PlacedObject {
  /** Relative to the repository. */
  readonly path: string;
  readonly object: ClusterObject;
}

/** The objects of a YAML text. @throws when it is no YAML, or an object lacks kind or name */
export function objectsOf(text: string): ClusterObject[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw new Error(String(document.errors[0]));
    return objectSchema.parse(document.toJS());
  });
}

/** Every object of `k8s/` and `keda/`, as it is written: before overlays change it. Prometheus' rules are no objects. */
export function writtenObjects(): PlacedObject[] {
  return filesMatching(["k8s/**/*.yaml", "keda/**/*.yaml"])
    .filter(({ path }) => !/^(?:kustomization|rules(?:\.test)?)\.yaml$/.test(basename(path)))
    .flatMap(({ path, text }) => objectsOf(text).map((object) => ({ path, object })));
}

const resourceList = z.record(z.string(), z.union([z.string(), z.number()]));

const probe = z.looseObject({});

const containerSchema = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  ports: z.array(z.looseObject({ hostPort: z.number().optional() })).default([]),
  resources: z
    .object({ requests: resourceList.default({}), limits: resourceList.default({}) })
    .default({ requests: {}, limits: {} }),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  securityContext: z.looseObject({}).default({}),
});

const podSchema = z.looseObject({
  serviceAccountName: z.string().optional(),
  automountServiceAccountToken: z.boolean().optional(),
  terminationGracePeriodSeconds: z.number().optional(),
  securityContext: z.looseObject({}).default({}),
  initContainers: z.array(containerSchema).default([]),
  containers: z.array(containerSchema).min(1),
  volumes: z.array(z.looseObject({ name: z.string() })).default([]),
});

const workloadSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({ labels: names }),
      spec: podSchema,
    }),
  }),
});

export type Container = z.infer<typeof containerSchema>;
export type Pod = z.infer<typeof podSchema>;

const WORKLOADS = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"]);

/** The pods that an object makes, and their labels; undefined when it makes none. */
export function podOf(
  object: ClusterObject,
): { readonly labels: Readonly<Record<string, string>>; readonly pod: Pod } | undefined {
  if (!WORKLOADS.has(object.kind)) return undefined;
  const { template } = workloadSchema.parse(object).spec;
  return { labels: template.metadata.labels, pod: template.spec };
}

/** The value of a container's environment variable that stands in the manifest itself. */
export function envOf({ env }: Container, name: string): string | undefined {
  return env.find((it) => it.name === name)?.value;
}
