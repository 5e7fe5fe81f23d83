import { entriesOf } from "./allow-list.ts";

/** Ports from the first to the last, both included. */
export type PortRange = readonly [first: number, last: number];

const PORT_MAX = 65_535;

/** Reads `WEBHOOK_PORTS`: ports and ranges, separated by commas (`443,8443,30000-32767`). */
export function parsePortList(text: string): {
  readonly ports: readonly PortRange[];
  readonly faults: readonly string[];
} {
  const ports: PortRange[] = [];
  const faults: string[] = [];
  for (const entry of entriesOf(text)) {
    const range = parseRange(entry);
    if (range !== undefined) ports.push(range);
    else faults.push(`"${entry}" is not a port (1 to ${PORT_MAX}) or range (8000-8999)`);
  }
  return { ports, faults };
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
