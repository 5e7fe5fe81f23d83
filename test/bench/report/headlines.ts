import type { Results } from "./results.ts";
import { spreadText } from "./statistics.ts";
import type { Table } from "./tables.ts";

/** One figure that somebody asked for by name. */
interface Headline {
  readonly what: string;
  readonly of: (results: Results) => readonly number[];
  readonly digits: number;
}

const FAQ = "faq";

/** Requests a second of one arm divided by another's. */
function ratio(what: string, [arm, to]: readonly [string, string], place: Site): Headline {
  return {
    what,
    digits: 2,
    of: (results) => results.ratios({ arm, ...place }, { arm: to, ...place }),
  };
}

interface Site {
  readonly workload: string;
  readonly step: string;
}

const AT_64: Site = { workload: FAQ, step: "closed-64" };

function cpu(process: string): Headline {
  return {
    what: `CPU µs of the ${process} a FAQ request at 64 clients`,
    digits: 0,
    of: (results) =>
      results
        .samples({ arm: "ours", workload: FAQ, step: "closed-64" })
        .map(({ cpuMicros }) => cpuMicros[process] ?? Number.NaN),
  };
}

function figure(what: string, name: string, [arm, step, workload = FAQ]: string[]): Headline {
  return {
    what,
    digits: 1,
    of: (results) => results.figures({ arm: arm ?? "", step: step ?? "", workload }, name),
  };
}

const HEADLINES: readonly Headline[] = [
  ...["redis", "worker", "gateway", "runner"].map((name) => cpu(name)),
  figure("Redis commands a FAQ request at 64 clients", "commands", ["ours", "closed-64"]),
  ...[FAQ, "wine", "photos"].flatMap((workload) =>
    [1, 64, 256].map((clients) =>
      ratio(`${workload} at ${clients} ÷ FastAPI, 2 processes`, ["ours", "fastapi"], {
        workload,
        step: `closed-${clients}`,
      }),
    ),
  ),
  ratio("FAQ at 64 ÷ another checkout", ["ours", "against"], AT_64),
  ratio("FAQ at 64 ÷ direct", ["ours", "direct"], AT_64),
  ratio("keys ÷ no keys, 64 clients", ["ours-keys", "ours"], AT_64),
  ratio("64 tenants ÷ one tenant, 64 clients", ["ours-tenants", "ours-keys"], AT_64),
  figure("jobs that differ in everything: commands a job, 64 clients", "commands", [
    "ours-varied",
    "closed-64",
  ]),
];

/** What could be worked out of what was measured. */
export function headlineTable(results: Results): Table {
  const rows = [...HEADLINES, ...queueHeadlines(results)].flatMap(({ what, of, digits }) => {
    const values = of(results);
    return values.length === 0 ? [] : [[what, spreadText(values, digits)]];
  });
  return [["figure", "median (least–most)"], ...rows];
}

/** Of the least and the greatest depth, and of each number of clients and rows that was asked for. */
function queueHeadlines(results: Results): readonly Headline[] {
  const depths = results.amounts("depth");
  const [shallow, deep] = [depths.at(0), depths.at(-1)];
  const at = (step: string, arm = "ours", workload = FAQ) => ({ arm, workload, step });
  return [
    ...results
      .amounts("queued")
      .map((clients) =>
        figure(
          `bytes a queued FAQ job beyond its input, ${clients} ${clients === 1 ? "client" : "clients"}`,
          "bytesBeyondInput",
          ["ours", `queued-${clients}`],
        ),
      ),
    ...(shallow === deep ? [] : (["acceptRate", "drainRate"] as const)).map((name) => ({
      what: `${name === "acceptRate" ? "accept" : "drain"} with ${deep} queued ÷ ${shallow}`,
      digits: 2,
      of: () => results.ratios(at(`depth-${deep}`), at(`depth-${shallow}`), name),
    })),
    ...results.amounts("bulk").flatMap((rows) => [
      {
        what: `bulk, ${rows} wines, rows a second ÷ a plain program from file to results`,
        digits: 2,
        of: () => results.figures(at(`bulk-${rows}`, "ours", "wine"), "overPlain"),
      },
      figure(`bulk, ${rows} wines, rows a second to the end`, "rate", [
        "ours",
        `bulk-${rows}`,
        "wine",
      ]),
      {
        what: `bulk, ${rows} wines, rows a second ÷ against`,
        digits: 2,
        of: () =>
          results.ratios(at(`bulk-${rows}`, "ours", "wine"), at(`bulk-${rows}`, "against", "wine")),
      },
    ]),
  ];
}
