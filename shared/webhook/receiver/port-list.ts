/** Ports from the first to the last, both included. */
export type PortRange = readonly [first: number, last: number];

const PORT_MAX = 65_535;

/** Reads `WEBHOOK_PORTS`: ports and ranges, separated by commas (`443,8443,30000-32767`). */
export function parsePortList(text: string): {
  readonly ports: readonly PortRange[];
  readonly faults: readonly string[];
} {
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const parsed = entries.map((entry) => ({ entry, range: parseRange(entry) }));
  return {
    ports: parsed.flatMap(({ range }) => (range === undefined ? [] : [range])),
    faults: parsed.flatMap(({ entry, range }) =>
      range === undefined
        ? [`"${entry}" is not a port (1 to ${PORT_MAX}) or range (8000-8999)`]
        : [],
    ),
  };
}

/** Whether a port is in the list. */
export function hasPort(ports: readonly PortRange[], port: number): boolean {
  return ports.some(([first, last]) => port >= first && port <= last);
}

function parseRange(entry: string): PortRange | undefined {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(entry) ?? [];
  const [first, last] = [Number(from), Number(to)];
  return first >= 1 && first <= last && last <= PORT_MAX ? [first, last] : undefined;
}
