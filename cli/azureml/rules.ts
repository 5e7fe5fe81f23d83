import type { Config, Field } from "./fields.ts";

const AUTOSCALING: readonly Field[] = [
  "autoScaler.minReplicas",
  "autoScaler.maxReplicas",
  "autoScaler.refreshPeriodInSeconds",
  "autoScaler.targetUtilization",
];

/** What Azure refuses of settings that do not go together. @param said without Azure's defaults */
export function faultsBetween(said: Config): string[] {
  return [...scalingFaults(said), ...limitFaults(said), ...accessFaults(said)];
}

function* scalingFaults(said: Config): Generator<string> {
  const { numReplicas, "autoScaler.autoscaleEnabled": isOn } = said;
  const [least, most] = [said["autoScaler.minReplicas"] ?? 1, said["autoScaler.maxReplicas"] ?? 10];
  if (least > most) yield `autoScaler.minReplicas: is more than autoScaler.maxReplicas, ${most}`;
  if (isOn === true && numReplicas !== undefined) {
    yield "numReplicas: cannot go with autoScaler.autoscaleEnabled";
  }
  if (isOn === false && numReplicas === undefined) {
    yield "numReplicas: is missing, though autoScaler.autoscaleEnabled is false";
  }
  if (isOn === true || numReplicas === undefined) return;
  for (const field of AUTOSCALING) {
    if (said[field] !== undefined) yield `${field}: is only for an autoscaler that is on`;
  }
}

function* limitFaults(said: Config): Generator<string> {
  for (const [amount, byDefault] of [
    ["containerResourceRequirements.cpu", 0.1],
    ["containerResourceRequirements.memoryInGB", 0.5],
  ] as const) {
    const [least, limit] = [said[amount] ?? byDefault, said[`${amount}Limit`]];
    if (limit !== undefined && limit < least) yield `${amount}Limit: is less than ${amount}`;
  }
}

function* accessFaults({ authEnabled, tokenAuthEnabled }: Config): Generator<string> {
  if (authEnabled === true && tokenAuthEnabled === true) {
    yield "tokenAuthEnabled: cannot go with authEnabled";
  }
}
