import { z } from "zod";

/** One query of a dashboard or a rule, and where it stands. */
export interface MetricQuery {
  readonly where: string;
  readonly expr: string;
}

const dashboardSchema = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      targets: z.array(z.object({ expr: z.string() })).default([]),
    }),
  ),
});

/** @param json a dashboard as Grafana exports it */
export function queriesOfDashboard(json: string): readonly MetricQuery[] {
  const { panels } = dashboardSchema.parse(JSON.parse(json));
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ where: title, expr })),
  );
}

/** @param yaml a file of rules; an expression goes on for as long as its lines are indented deeper */
export function queriesOfRules(yaml: string): readonly MetricQuery[] {
  const rules = /- (?:alert|record): (\S+)\n +expr: ((?:.*\n)(?: {10,}.*\n)*)/g;
  return [...yaml.matchAll(rules)].map(([, where = "", expr = ""]) => ({
    where,
    expr: expr.replace(/^>-\n/, "").replaceAll(/\s+/g, " ").trim(),
  }));
}

/** Names of metrics in a query: words that are followed by neither `(` nor `=` and are not labels. */
export function metricNames({ expr }: MetricQuery): readonly string[] {
  return [...new Set(expr.match(/\b(?:scoreline|nodejs|process)[_:]\w+(?::\w+)*/g))];
}

/** Labels that a query selects by, groups by or joins on. */
export function labelNames({ expr }: MetricQuery): readonly string[] {
  const matchers = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner = ""]) =>
    [...inner.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, name = ""]) => name),
  );
  const groupings = /\b(?:by|without|on|ignoring|group_left|group_right) ?\(([^)]*)\)/g;
  const grouped = [...expr.matchAll(groupings)].flatMap(([, inner = ""]) => inner.split(","));
  return [...new Set([...matchers, ...grouped.map((it) => it.trim())])].filter((it) => it !== "");
}
