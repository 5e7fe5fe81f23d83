import { isIP } from "node:net";
import { domainToASCII } from "node:url";

/** Receivers that an operator opened: their names, and their networks. */
export interface Allowed {
  /** Whether a name is listed, by itself or by `*.suffix`. */
  hasHost(host: string): boolean;
  /** `network/bits`. */
  readonly cidrs: readonly string[];
}

const NAME = /^(?=.{1,253}$)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/;

/**
 * Reads `WEBHOOK_ALLOW`: names (`crm.shop.svc`, `*.shop.svc`), addresses and networks
 * (`10.0.0.0/8`, `::1`), separated by commas. `*.suffix` means every name that ends so, at any
 * depth, and not the suffix itself.
 */
export function parseAllowList(text: string): {
  readonly allowed: Allowed;
  readonly faults: readonly string[];
} {
  const parsed = entriesOf(text).map((entry) => parseEntry(entry));
  const names = new Set(parsed.flatMap(({ name }) => name ?? []));
  const suffixes = parsed.flatMap(({ suffix }) => suffix ?? []);
  return {
    allowed: {
      hasHost: (host) => {
        const bare = withoutDot(host);
        return names.has(bare) || suffixes.some((suffix) => bare.endsWith(suffix));
      },
      cidrs: parsed.flatMap(({ cidr }) => cidr ?? []),
    },
    faults: parsed.flatMap(({ fault }) => fault ?? []),
  };
}

/** What stands between commas. */
export function entriesOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** A name with a dot at its end is the same name. */
export function withoutDot(host: string): string {
  return host.endsWith(".") ? host.slice(0, -1) : host;
}

interface Entry {
  readonly name?: string;
  /** With its leading dot. */
  readonly suffix?: string;
  readonly cidr?: string;
  readonly fault?: string;
}

function parseEntry(entry: string): Entry {
  const [network = "", bits, ...more] = entry.replaceAll(/[[\]]/g, "").split("/");
  const family = isIP(network);
  if (family !== 0 && more.length === 0) return parseNetwork(entry, network, bits);
  const isSuffix = entry.startsWith("*.");
  const name = withoutDot(domainToASCII(isSuffix ? entry.slice(2) : entry));
  // domainToASCII takes a URL's other parts for ends of the name.
  if (/[/?#@:\\%]/.test(entry) || !NAME.test(name) || isIP(name) !== 0) {
    return { fault: `"${entry}" is not a host name, *.suffix, address or network (10.0.0.0/8)` };
  }
  return isSuffix ? { suffix: `.${name}` } : { name };
}

function parseNetwork(entry: string, network: string, bits?: string): Entry {
  const most = isIP(network) === 4 ? 32 : 128;
  const isWhole = bits === undefined || /^\d{1,3}$/.test(bits);
  if (!isWhole || Number(bits ?? 0) > most || network.includes("%")) {
    const fault = `"${entry}" is not a network: it must end in /0 to /${most}, or be one address`;
    return { fault };
  }
  return { cidr: `${network}/${bits ?? most}` };
}
