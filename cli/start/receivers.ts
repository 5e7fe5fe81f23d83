/** What lets webhooks go to receivers on this machine, where somebody tries them out. */
const RECEIVERS_HERE = {
  WEBHOOK_ALLOW: "127.0.0.0/8,::1/128",
  WEBHOOK_HTTP: "on",
} as const;

const PORT_MAX = 65_535;

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/;

/**
 * The settings that open this machine to webhooks. None when the gateway can be reached from
 * elsewhere, whose clients must not reach what listens here; and none when the environment says
 * anything of it itself.
 *
 * @param host where the gateway listens
 * @param closed ports of ours: whoever has a key could have the courier write to them otherwise
 */
export function receiversHere(
  host: string,
  environment: NodeJS.ProcessEnv,
  closed: readonly number[],
): Readonly<Record<string, string>> {
  const open = { ...RECEIVERS_HERE, WEBHOOK_PORTS: portsWithout(closed) };
  const isSaid = Object.keys(open).some((name) => (environment[name] ?? "") !== "");
  return LOOPBACK.test(host) && !isSaid ? open : {};
}

/** @returns the port of a Redis that may be on this machine; none of what is no such URL */
export function redisPorts(url: string): readonly number[] {
  return URL.canParse(url) ? [Number(new URL(url).port || "6379")] : [];
}

/** All ports but these, as `WEBHOOK_PORTS` has them. */
function portsWithout(closed: readonly number[]): string {
  const ends = [0, ...new Set(closed), PORT_MAX + 1].toSorted((a, b) => a - b);
  const ranges = ends.slice(1).map((end, i) => [(ends[i] ?? 0) + 1, end - 1] as const);
  return ranges
    .filter(([first, last]) => first <= last)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
    .join(",");
}
