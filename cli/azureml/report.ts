import { LINE, wrap } from "../terminal/table.ts";
import { NO_PYTHON, type DeploymentConfig } from "./deployment-config.ts";
import { overruled } from "./endpoint.ts";
import type { Imported, Setting } from "./imported.ts";

/** What became of the settings of all files, as `--json` prints it. */
export interface Report {
  /** Those that became something, so no secret is among them. */
  readonly settings: readonly ReportedSetting[];
  readonly without_counterpart: readonly Missing[];
}

interface ReportedSetting {
  readonly file: string;
  readonly setting: string;
  readonly value: unknown;
  readonly from: "file" | "default";
  /** `deploy render --slots 1` */
  readonly becomes: readonly string[];
}

interface Missing {
  /** Null for what no file has. */
  readonly file: string | null;
  readonly setting: string;
  readonly why: string;
}

export function reportOf(
  all: readonly [Imported, ...Imported[]],
  read: readonly DeploymentConfig[],
): Report {
  const settings = all.flatMap(({ path, settings: own }) =>
    own.map((setting) => ({
      file: path,
      setting: setting.name,
      value: setting.value,
      from: setting.isSaid ? ("file" as const) : ("default" as const),
      becomes: becomes(setting),
    })),
  );
  const missing = all.flatMap(({ path, settings: own }, i) => [
    ...own.flatMap(({ name, isSaid, counterpart: { why } }) =>
      isSaid && why !== undefined ? [{ file: path, setting: name, why }] : [],
    ),
    ...(read[i]?.unknown ?? []).map((setting) => ({ file: path, setting, why: UNKNOWN })),
  ]);
  const lost = overruled(all).map(({ one, setting, by }) => ({
    file: one.path,
    setting: setting.name,
    why: `an endpoint has this once; what ${by.path} says counts`,
  }));
  const always = { file: null, setting: "inferenceconfig.json, environments", why: NO_PYTHON };
  return {
    settings: settings.filter((one) => one.becomes.length > 0),
    without_counterpart: [...missing, ...lost, always],
  };
}

const UNKNOWN = "no setting that Azure documents: is it spelt right?";

function becomes({ counterpart: { manifest, deploy, endpoint, variant } }: Setting): string[] {
  return [
    ...texts(manifest).map((text) => `manifest: ${text}`),
    ...Object.entries(deploy ?? {}).map(([flag, value]) => `deploy render --${flag} ${value}`),
    ...texts(endpoint).map((text) => `endpoint: ${text}`),
    ...texts(variant).map((text) => `variant: ${text}`),
  ];
}

function texts(members: Readonly<Record<string, unknown>> = {}): string[] {
  return Object.entries(members).map(([place, value]) => `${place} ${JSON.stringify(value)}`);
}

/** The same for a person. */
export function reportLines({ settings, without_counterpart: missing }: Report): string[] {
  const files = Object.entries(Object.groupBy(settings, ({ file }) => file));
  return [
    ...files.flatMap(([file, own = []]) => [`${file}:`, ...own.flatMap(settingLines), ""]),
    "No counterpart:",
    ...missing.flatMap(({ file, setting, why }) => {
      const where = file === null || files.length === 1 ? setting : `${setting} of ${file}`;
      return wrap(`${where}: ${why}`, LINE - 2).map(
        (line, i) => `${i === 0 ? "  " : "    "}${line}`,
      );
    }),
  ];
}

function settingLines({ setting, value, from, becomes: what }: ReportedSetting): string[] {
  const source = from === "default" ? " (Azure's default)" : "";
  return [`  ${setting} ${JSON.stringify(value)}${source}`, ...what.map((text) => `    ${text}`)];
}
