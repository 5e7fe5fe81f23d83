import { CommandError } from "../terminal/command.ts";
import { membersOf, type Imported, type Setting } from "./imported.ts";

/**
 * The endpoint whose variants the files are, as `PUT /v1/endpoints/{name}` takes it. What an endpoint
 * has once comes from the file of its default: the one that says so, else the first.
 *
 * @throws {CommandError} when the files do not go together
 */
export function endpointOf(all: readonly [Imported, ...Imported[]]): object {
  refuseConflicts(all);
  const chosen = defaultOf(all);
  const variants = all.map((one) => ({
    name: one.variant,
    model: one.version.id,
    share: all.length === 1 ? 100 : 0,
    ...membersOf(one, "variant"),
  }));
  const { description, tags, properties, ...rest } = nested(membersOf(chosen, "endpoint"));
  return { description, tags, properties, variants, ...rest, default: chosen.variant };
}

function defaultOf(all: readonly [Imported, ...Imported[]]): Imported {
  return all.find(isDefault) ?? all[0];
}

function isDefault(one: Imported): boolean {
  return membersOf(one, "endpoint")["default"] !== undefined;
}

function refuseConflicts(all: readonly Imported[]): void {
  for (const [setting, some] of [
    ["isDefault", all.filter(isDefault)],
    ["type", all.filter((one) => membersOf(one, "variant")["type"] === "control")],
  ] as const) {
    if (some.length <= 1) continue;
    const paths = some.map(({ path }) => path).join(" and ");
    throw new CommandError(`${setting}: only one version may be it, and ${paths} are`);
  }
  const sum = all.reduce(
    (total, one) => total + Number(membersOf(one, "variant")["share"] ?? 0),
    0,
  );
  if (sum > 100) throw new CommandError(`trafficPercentile: is ${sum} in all files together`);
  const names = all.map(({ variant }) => variant);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new CommandError(`two variants are called ${twice}: give --variant`);
}

/** What an endpoint has once, and another file than that of its default says otherwise. */
export function overruled(
  all: readonly [Imported, ...Imported[]],
): readonly { readonly one: Imported; readonly setting: Setting; readonly by: Imported }[] {
  const by = defaultOf(all);
  const kept = membersOf(by, "endpoint");
  return all
    .filter((one) => one !== by)
    .flatMap((one) =>
      one.settings
        .filter(({ counterpart: { endpoint = {} } }) =>
          Object.entries(endpoint).some(
            ([place, value]) => JSON.stringify(kept[place]) !== JSON.stringify(value),
          ),
        )
        .map((setting) => ({ one, setting, by })),
    );
}

type Members = Readonly<Record<string, unknown>>;

/** `{"a.b": 1}` as `{"a": {"b": 1}}` */
function nested(members: Members): Members {
  const groups = new Map<string, Record<string, unknown>>();
  const own: Record<string, unknown> = {};
  for (const [place, value] of Object.entries(members)) {
    const [head = "", ...rest] = place.split(".");
    if (rest.length === 0) own[head] = value;
    else groups.set(head, { ...groups.get(head), [rest.join(".")]: value });
  }
  return {
    ...own,
    ...Object.fromEntries([...groups].map(([head, group]) => [head, nested(group)])),
  };
}
