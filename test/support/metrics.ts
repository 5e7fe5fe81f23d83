import assert from "node:assert/strict";
import { until } from "./until.ts";

/** One line of Prometheus' text format. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a role's `/metrics` says now, and not a moment ago. @param url its address, without a path */
export async function scrape(url: string): Promise<readonly MetricSample[]> {
  return samplesOf(await scrapeText(url));
}

/** Figures are kept for a second: the next that are not the same were read after this was called. */
export async function scrapeText(url: string): Promise<string> {
  const first = await shownText(url);
  let text = first;
  // Each has the CPU time of its process in it, which its own making adds to.
  await until(
    `${url} reads its figures again`,
    async () => (text = await shownText(url)) !== first,
  );
  return text;
}

async function shownText(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(20_000) });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  return response.text();
}

/** The sum over all samples of a name that have these labels. */
export function sumOf(
  samples: readonly MetricSample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const wanted = Object.entries(labels);
  return samples
    .filter((it) => it.name === name && wanted.every(([key, value]) => it.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

function samplesOf(page: string): readonly MetricSample[] {
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, name = "", inner = "", value = ""] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    assert.notEqual(name, "", `not a sample: ${line}`);
    const labels: Record<string, string> = {};
    for (const [, key = "", text = ""] of inner.matchAll(/(\w+)="([^"]*)"/g)) labels[key] = text;
    return { name, labels, value: Number(value) };
  });
}
