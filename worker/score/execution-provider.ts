import type { ExecutionProviderSettings } from "../../shared/model/manifest.ts";
import type { ExecutionProvider } from "../runner/messages.ts";

/** What a worker runs graphs on: proven at its start, so that nothing falls back in silence. */
export interface Offer {
  readonly providers: readonly ExecutionProvider["name"][];
  /** Numbers of NVIDIA devices; the first is for versions that name none. */
  readonly devices: readonly number[];
}

export const CPU_ONLY: Offer = { providers: ["cpu"], devices: [] };

/**
 * The first of a version's execution providers that is offered; undefined when none is, and the
 * version is for other workers.
 */
export function chooseProvider(
  wanted: readonly ExecutionProviderSettings[],
  { providers, devices }: Offer,
): ExecutionProvider | undefined {
  for (const entry of wanted) {
    const name = typeof entry === "string" ? entry : entry.name;
    if (!providers.includes(name)) continue;
    if (name === "cpu" || name === "webgpu") return { name };
    const { device_id: deviceId = devices[0] } = typeof entry === "string" ? {} : entry;
    if (deviceId !== undefined && devices.includes(deviceId)) return { name, deviceId };
  }
  return undefined;
}

/** All GPUs of an offer, to be proven one by one. The CPU needs no proof; WebGPU has one adapter. */
export function gpusOf({ providers, devices }: Offer): readonly ExecutionProvider[] {
  return [...new Set(providers)].flatMap((name): readonly ExecutionProvider[] => {
    if (name === "cpu") return [];
    return name === "webgpu" ? [{ name }] : devices.map((deviceId) => ({ name, deviceId }));
  });
}

/** How many GPUs an offer has: one device may be had by several providers. */
export function gpuCount(offer: Offer): number {
  const names = new Set(gpusOf(offer).map(({ name }) => name));
  const hasNumbers = names.has("cuda") || names.has("tensorrt");
  return hasNumbers ? offer.devices.length : names.size;
}

/** The offer of one slot: slots take the devices in turn. @param slot from 0 */
export function offerOfSlot({ providers, devices }: Offer, slot: number): Offer {
  const first = devices.length === 0 ? 0 : slot % devices.length;
  return { providers, devices: [...devices.slice(first), ...devices.slice(0, first)] };
}
