import { BlockList, isIP } from "node:net";
import type { Allowed } from "./allow-list.ts";

/** Which addresses a receiver may have. */
export interface AddressPolicy {
  /**
   * Why not to connect, or undefined when it is allowed.
   *
   * @param address an IPv4 or IPv6 address as text; anything else is refused
   * @param host the name it was found by, as WHATWG URL writes it, or the address itself
   */
  refusalOf(address: string, host: string): string | undefined;
}

type Range = readonly [cidr: string, what: string];

/**
 * Not for receivers unless an operator says so, after IANA's special-purpose registries; of IPv6, what
 * lies outside 2000::/3 and is not named is refused as well.
 */
const REFUSED: readonly Range[] = [
  ["0.0.0.0/8", "this host"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "shared by a carrier"],
  ["127.0.0.0/8", "loopback"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "reserved for protocols"],
  ["192.0.2.0/24", "for documentation"],
  ["192.88.99.0/24", "a 6to4 relay"],
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "for benchmarks"],
  ["198.51.100.0/24", "for documentation"],
  ["203.0.113.0/24", "for documentation"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["::/128", "this host"],
  ["::1/128", "loopback"],
  ["::ffff:0:0/96", "an IPv4 address, mapped"],
  ["::ffff:0:0:0/96", "an IPv4 address, translated"],
  ["::/96", "an IPv4 address, compatible"],
  ["64:ff9b::/96", "NAT64"],
  ["64:ff9b:1::/48", "local NAT64"],
  ["100::/64", "discarded"],
  ["100:0:0:1::/64", "a dummy"],
  ["2001::/32", "Teredo"],
  ["2001::/23", "reserved for protocols"],
  ["2001:db8::/32", "for documentation"],
  ["2002::/16", "6to4"],
  ["3fff::/20", "for documentation"],
  ["5f00::/16", "segment routing"],
  ["fc00::/7", "unique local"],
  ["fec0::/10", "site-local"],
  ["ff00::/8", "multicast"],
];

/**
 * Shut whatever an operator allows: link-local, and the metadata services of clouds that lie
 * elsewhere (Alibaba, Oracle, Azure; AWS, Google over IPv6).
 */
const SHUT: readonly Range[] = [
  ["169.254.0.0/16", "link-local"],
  ["100.100.100.200/32", "cloud metadata"],
  ["192.0.0.192/32", "cloud metadata"],
  ["168.63.129.16/32", "cloud metadata"],
  ["fe80::/10", "link-local"],
  ["fd00:ec2::/32", "cloud metadata"],
  ["fd20:ce::254/128", "cloud metadata"],
];

/** All networks that are refused unless an operator says so, and those that are shut, as CIDR. */
export const refusedNetworks: readonly string[] = [...REFUSED, ...SHUT].map(([cidr]) => cidr);

/** The operator's word goes before the ranges above, but for those that are always shut. */
export function addressPolicy(allowed: Allowed): AddressPolicy {
  const isAllowedAddress = rangeFinder(allowed.cidrs.map((cidr) => [cidr, ""]));
  return {
    refusalOf(address, host) {
      const family = isIP(address);
      if (family === 0) return "no address";
      // A zone makes sense for link-local addresses only.
      if (address.includes("%")) return "link-local";
      const always = shutRange(address);
      if (always !== undefined) return always;
      if (allowed.hasHost(host) || isAllowedAddress(address) !== undefined) return undefined;
      const isOutside = family === 6 && isUnicast(address) === undefined;
      return refused(address) ?? (isOutside ? "reserved" : undefined);
    },
  };
}

const refused = rangeFinder(REFUSED);
const isUnicast = rangeFinder([["2000::/3", "unicast"]]);
const shut = rangeFinder(SHUT);

/** An IPv6 address may carry one of IPv4: what is shut stays so however it is wrapped. */
function shutRange(address: string): string | undefined {
  const inner = isIP(address) === 6 ? v4Within(address) : [];
  return [address, ...inner].map((it) => shut(it)).find((what) => what !== undefined);
}

/** Ranges whose addresses carry one of IPv4 in their last 32 bits. */
const wrapsAtEnd = rangeFinder([
  ["::/96", ""],
  ["::ffff:0:0/96", ""],
  ["::ffff:0:0:0/96", ""],
  ["64:ff9b::/96", ""],
]);
const wrapsLocally = rangeFinder([["64:ff9b:1::/48", ""]]);

/** The IPv4 addresses that an IPv6 address may lead to: translated, tunnelled, or just written so. */
function v4Within(address: string): readonly string[] {
  const groups = groupsOf(address);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  if (a === 0x2002) return [dotted(b, c)];
  // Teredo: the client's address turned over, and its server's.
  if (a === 0x2001 && b === 0) return [dotted(g ^ 0xffff, h ^ 0xffff), dotted(c, d)];
  // RFC 6052: behind 48 bits of prefix it goes round bits 64 to 71; behind 96 it comes last.
  if (wrapsLocally(address) !== undefined) {
    return [dotted(d, ((e & 255) << 8) | (f >> 8)), dotted(g, h)];
  }
  return wrapsAtEnd(address) === undefined ? [] : [dotted(g, h)];
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** @returns the eight numbers of an IPv6 address */
function groupsOf(address: string): readonly number[] {
  // WHATWG URL writes the dotted end of an address as two groups.
  const { hostname } = new URL(`http://[${address}]`);
  const [left = "", right] = hostname.slice(1, -1).split("::");
  const parse = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const [head, tail] = [parse(left), parse(right ?? "")];
  return [
    ...head,
    ...Array.from<number>({ length: 8 - head.length - tail.length }).fill(0),
    ...tail,
  ];
}

/** @returns a function that tells in which range an address lies: `what` of the first one */
function rangeFinder(ranges: readonly Range[]): (address: string) => string | undefined {
  const lists = ranges.map(([cidr, what]) => {
    const [network = "", bits = ""] = cidr.split("/");
    const list = new BlockList();
    list.addSubnet(network, Number(bits), isIP(network) === 4 ? "ipv4" : "ipv6");
    return { list, what, family: isIP(network) };
  });
  return (address) => {
    const family = isIP(address);
    // BlockList takes each IPv4 address for a mapped one, and so for a part of ::ffff:0:0/96.
    return lists.find(
      (one) => one.family === family && one.list.check(address, family === 4 ? "ipv4" : "ipv6"),
    )?.what;
  };
}
