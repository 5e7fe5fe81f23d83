import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gatewayMetrics } from "../../gateway/http/metrics.ts";
import { errorCodes } from "../../shared/error.ts";
import { jobStatuses, isTerminal } from "../../shared/job/view.ts";
import { commonMetrics, type MetricDeclaration, type MetricTable } from "../../shared/metrics.ts";
import { jobClasses } from "../../shared/lane.ts";
import { courierMetrics, deliveryOutcomes, healKinds } from "../../worker/courier/metrics.ts";
import { workerMetrics } from "../../worker/score/metrics.ts";
import {
  labelNames,
  metricNames,
  queriesOfDashboard,
  queriesOfRules,
  type MetricQuery,
} from "../support/queries.ts";
import { section, tableRows } from "./support/markdown.ts";
import { readText } from "./support/repository.ts";

const TABLES: Readonly<Record<string, MetricTable>> = {
  "## Every role": commonMetrics,
  "## Gateway": gatewayMetrics,
  "## Worker": workerMetrics,
  "## Courier": courierMetrics,
};
const declared: readonly MetricDeclaration[] = Object.values(TABLES).flatMap((table) =>
  Object.values(table),
);
const document = readText("docs/metrics.md");

/** What Prometheus itself puts on every series. */
const TARGET_LABELS = ["instance", "job"];
/** Those of prom-client that the dashboard shows. */
const DEFAULTS: ReadonlySet<string> = new Set([
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  "nodejs_eventloop_lag_p99_seconds",
]);

describe("the metrics", () => {
  it("are named as Prometheus wants it", () => {
    for (const { name, type, help, labels, buckets } of declared) {
      assert.match(name, /^scoreline_[a-z]+(?:_[a-z]+)*$/);
      assert.equal(name.endsWith("_total"), type === "counter", name);
      assert.doesNotMatch(name, /_(?:ms|milliseconds|minutes|kb|mb|count|sum|bucket)$/);
      assert.equal(buckets !== undefined, type === "histogram", name);
      assert.deepEqual(
        buckets,
        buckets?.toSorted((a, b) => a - b),
        name,
      );
      assert.match(help, /\.$/, name);
      assert.ok(
        labels.every((label) => label !== "le" && !TARGET_LABELS.includes(label)),
        name,
      );
    }
    assert.equal(new Set(declared.map(({ name }) => name)).size, declared.length);
  });
});

describe("docs/metrics.md", () => {
  for (const [heading, table] of Object.entries(TABLES)) {
    it(`lists the metrics under "${heading}" as the code declares them`, () => {
      const rows = Object.values(table).map(({ name, type, labels, buckets, help }) => [
        name,
        type,
        labels.length === 0 ? "" : labels.join(", "),
        buckets === undefined ? help : `${help} Buckets: ${buckets.join(", ")}`,
      ]);
      assert.deepEqual(tableRows(section(document, heading)), rows);
    });
  }

  it("explains every label, with the values that the code has", () => {
    const rows = tableRows(section(document, "## Labels"));
    const used = new Set(declared.flatMap(({ labels }) => labels));
    assert.deepEqual(rows.map(([label = ""]) => label).toSorted(), [...used].toSorted());
    const values = (label: string): string => rows.find(([name]) => name === label)?.[1] ?? "";
    const named: readonly (readonly [string, readonly string[]])[] = [
      ["class", jobClasses],
      ["kind", healKinds],
      ["outcome", [...jobStatuses.filter((status) => isTerminal(status)), ...deliveryOutcomes]],
    ];
    for (const [label, wanted] of named) {
      for (const value of wanted) assert.ok(values(label).includes(`\`${value}\``), value);
    }
  });
});

describe("the dashboard and the rules", () => {
  const dashboard = queriesOfDashboard(readText("k8s/monitoring/dashboard.json"));
  const rulesText = readText("k8s/monitoring/rules.yaml");
  const rules = queriesOfRules(rulesText);

  it("were found, every one", () => {
    assert.ok(dashboard.length > 20);
    assert.equal(rules.length, rulesText.match(/^ +expr:/gm)?.length);
  });

  it("ask for metrics that the code exports, by labels that those have", () => {
    assert.deepEqual([...dashboard, ...rules].flatMap(faultsOf), []);
  });

  it("show every metric of ours, but for what says nothing over time", () => {
    const shown = new Set(dashboard.flatMap(metricNames).map(familyOf));
    const missing = declared.map(({ name }) => name).filter((name) => !shown.has(name));
    assert.deepEqual(missing, []);
  });

  it("name error codes that there are", () => {
    const codes = [...dashboard, ...rules].flatMap(({ expr }) =>
      [...expr.matchAll(/code(?:=~|!~|!=|=)"([^"]*)"/g)].flatMap(([, list = ""]) =>
        list.split("|"),
      ),
    );
    assert.ok(codes.length > 3);
    assert.deepEqual(
      codes.filter((code) => !errorCodes.some((known) => known === code)),
      [],
    );
  });

  const broken: readonly (readonly [expr: string, fault: RegExp])[] = [
    ["sum(scoreline_jobs_total)", /scoreline_jobs_total/],
    ["scoreline_slots_bucket", /scoreline_slots_bucket/],
    ["sum by (tenant) (scoreline_slots)", /tenant/],
    ['scoreline_slots{mode="x"}', /mode/],
  ];
  for (const [expr, fault] of broken) {
    it(`would be caught asking ${expr}`, () => {
      assert.match(faultsOf({ where: "here", expr }).join(), fault);
    });
  }
});

/** What of a query the code does not export. */
function faultsOf(query: MetricQuery): readonly string[] {
  const families = metricNames(query).map((name) => ({ name, metric: metricOf(name) }));
  const unknown = families.filter(({ metric }) => metric === undefined).map(({ name }) => name);
  const known = families.flatMap(({ metric }) => metric?.labels ?? []);
  const isBucket = query.expr.includes("_bucket");
  const allowed = new Set([...known, ...TARGET_LABELS, ...(isBucket ? ["le"] : [])]);
  const foreign = labelNames(query).filter((label) => !allowed.has(label));
  return [...unknown, ...foreign].map((what) => `${query.where}: ${what}`);
}

function metricOf(name: string): Pick<MetricDeclaration, "labels"> | undefined {
  if (DEFAULTS.has(name)) return { labels: [] };
  return declared.find((metric) =>
    metric.type === "histogram"
      ? ["_bucket", "_sum", "_count"].some((end) => metric.name + end === name)
      : metric.name === name,
  );
}

function familyOf(name: string): string {
  return name.replace(/_(?:bucket|sum|count)$/, "");
}
