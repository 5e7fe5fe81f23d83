import { isIP } from "node:net";
import type { AddressPolicy } from "./address-policy.ts";
import { withoutDot } from "./allow-list.ts";
import { hasPort, type PortRange } from "./port-list.ts";

/** What an operator lets receivers be. */
export interface ReceiverPolicy {
  readonly addresses: AddressPolicy;
  readonly ports: readonly PortRange[];
  readonly isHttpAllowed: boolean;
}

const LENGTH_MAX = 2048;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 };

/**
 * What is wrong with a receiver's URL, or undefined. Only its form is looked at, and an address that
 * is written out: what a name leads to is known when the courier connects.
 */
export function urlFault(text: string, policy: ReceiverPolicy): string | undefined {
  if (text.length > LENGTH_MAX) return `a URL has at most ${LENGTH_MAX} characters`;
  // WHATWG URL would read over spaces around it, and line breaks and tabs within.
  if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(text)) return "this is not an absolute URL";
  const url = new URL(text);
  const schemes = policy.isHttpAllowed ? "https:// or http://" : "https://";
  if (url.protocol !== "https:" && !(url.protocol === "http:" && policy.isHttpAllowed)) {
    return `a receiver's URL must begin with ${schemes}`;
  }
  if (url.username !== "" || url.password !== "" || /^[^/?#]*\/\/[^/?#]*@/.test(text)) {
    return "user names and passwords in URLs are not allowed";
  }
  if (text.includes("#")) return "a receiver's URL must not have a fragment (#)";
  const port = portOf(url);
  if (!hasPort(policy.ports, port)) return `port ${port} is not allowed for receivers`;
  return hostFault(url, policy);
}

/** @returns the port that is written, or that of the scheme */
export function portOf({ port, protocol }: URL): number {
  return port === "" ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port);
}

/** @returns the host's name in lower case, or its address without brackets; a dot at its end is cut */
export function hostOf({ hostname }: URL): string {
  return withoutDot(hostname.startsWith("[") ? hostname.slice(1, -1) : hostname);
}

function hostFault(url: URL, { addresses }: ReceiverPolicy): string | undefined {
  const host = hostOf(url);
  const address = addressWritten(host);
  const refusal = address === undefined ? undefined : addresses.refusalOf(address, host);
  if (refusal === undefined) return undefined;
  return `the address of ${host} is not allowed for receivers: ${refusal}`;
}

/** Names below `localhost` lead to loopback by RFC 6761, and need no resolver. */
function addressWritten(host: string): string | undefined {
  if (host === "localhost" || host.endsWith(".localhost")) return "127.0.0.1";
  return isIP(host) === 0 ? undefined : host;
}
