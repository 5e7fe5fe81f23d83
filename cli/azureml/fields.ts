import { z } from "zod";
import { labelsSchema } from "../../shared/labels.ts";

const flag = z.boolean();
const whole = z.int().min(1);
const replicas = whole.max(10_000);
/** At most 7 days, as everywhere here. */
const durationMs = whole.max(604_800_000);
const cores = z.number().positive().max(1024);
const gigabytes = z.number().positive().max(16_384);
const text = z.string();

/**
 * What a deployment configuration of Azure ML (version 1 of its SDK and CLI) may say, by the place of
 * each setting in the file, with the rules that Azure has for it alone.
 */
export const fields = {
  computeType: text.toLowerCase().pipe(z.enum(["aks", "aksendpoint", "aci"])),

  "autoScaler.autoscaleEnabled": flag,
  "autoScaler.minReplicas": replicas,
  "autoScaler.maxReplicas": replicas,
  "autoScaler.refreshPeriodInSeconds": whole,
  "autoScaler.targetUtilization": whole,
  numReplicas: replicas,

  "containerResourceRequirements.cpu": cores,
  "containerResourceRequirements.cpuLimit": cores,
  "containerResourceRequirements.memoryInGB": gigabytes,
  "containerResourceRequirements.memoryInGBLimit": gigabytes,
  gpuCores: z.int().min(0),

  scoringTimeoutMs: durationMs,
  maxQueueWaitMs: durationMs,
  maxConcurrentRequestsPerContainer: whole,

  authEnabled: flag,
  tokenAuthEnabled: flag,
  "keys.primaryKey": text,
  "keys.secondaryKey": text,

  "dataCollection.storageEnabled": flag,
  appInsightsEnabled: flag,
  tags: labelsSchema,
  properties: labelsSchema,
  description: text.max(1000),

  "livenessProbeRequirements.periodSeconds": whole,
  "livenessProbeRequirements.initialDelaySeconds": whole,
  "livenessProbeRequirements.timeoutSeconds": whole,
  "livenessProbeRequirements.successThreshold": whole,
  "livenessProbeRequirements.failureThreshold": whole,

  namespace: text.regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    "must be up to 63 of a-z, 0-9 and -, no - first or last",
  ),
  computeName: text,
  storageInitEnabled: flag,

  location: text,
  sslEnabled: flag,
  sslCertificate: text,
  sslKey: text,
  cname: text,
  dnsNameLabel: text,

  trafficPercentile: z.number().min(0).max(100),
  isDefault: flag,
  type: text.toLowerCase().pipe(z.enum(["control", "treatment"])),
};

export type Field = keyof typeof fields;

/** Each setting's value. */
export type Values = { readonly [K in Field]: z.output<(typeof fields)[K]> };

/** What a file says, with what Azure does where it says nothing. */
export type Config = { readonly [K in Field]?: Values[K] | undefined };

/** How the service itself writes some of them. */
export const ALIASES: Readonly<Record<string, Field>> = {
  aadAuthEnabled: "tokenAuthEnabled",
  kvTags: "tags",
  "containerResourceRequirements.gpu": "gpuCores",
};

/** Settings that are maps. */
export const MAPS: readonly string[] = ["tags", "kvTags", "properties"];
