import { z } from "zod";
import { addressPolicy } from "./address-policy.ts";
import { parseAllowList } from "./allow-list.ts";
import { parsePortList } from "./port-list.ts";
import type { ReceiverPolicy } from "./url-fault.ts";

/**
 * Which receivers are allowed: for the schemas of gateway and courier alike, since the one refuses
 * at creation what the other would refuse when it sends.
 */
export const receiverSettings = {
  WEBHOOK_ALLOW: z
    .string()
    .default("")
    .transform(listOr(parseAllowList, ({ allowed }) => allowed)),
  WEBHOOK_PORTS: z
    .string()
    .prefault("443")
    .transform(listOr(parsePortList, ({ ports }) => ports)),
  WEBHOOK_HTTP: z.enum(["off", "on"]).default("off"),
};

type Settings = z.infer<z.ZodObject<typeof receiverSettings>>;

/** @returns what the settings say, ready to be asked */
export function receiverPolicy(settings: Settings): ReceiverPolicy {
  return {
    addresses: addressPolicy(settings.WEBHOOK_ALLOW),
    ports: settings.WEBHOOK_PORTS,
    isHttpAllowed: settings.WEBHOOK_HTTP === "on",
  };
}

/** Every fault of a list is one of its variable. */
function listOr<P extends { readonly faults: readonly string[] }, V>(
  parse: (text: string) => P,
  valueOf: (parsed: P) => V,
): (text: string, context: z.RefinementCtx) => V {
  return (text, context) => {
    const parsed = parse(text);
    for (const message of parsed.faults) context.addIssue({ code: "custom", message });
    return valueOf(parsed);
  };
}
