import type { z } from "zod";
import { createKeySchema } from "../../gateway/access/key-body.ts";
import { putRoleSchema } from "../../gateway/access/role-json.ts";
import { createTokenSchema } from "../../gateway/access/token-json.ts";
import { bodySchema } from "../../gateway/http/openapi/room.ts";
import { labelSchema } from "../../gateway/jobs/label-job.ts";
import { newReplaySchema } from "../../gateway/replays/create-replay.ts";
import { definitionSchema } from "../../shared/endpoint/definition.ts";

/** A pointer to a member, a value that it cannot have, and what the answer says of it. */
export type WrongMember = readonly [pointer: string, value: unknown, detail: string];

/** A body of a route, right but for one member at a time. */
export interface WrongBody {
  readonly method: string;
  readonly path: string;
  readonly schema: z.ZodType;
  readonly right: object;
  readonly wrong: readonly WrongMember[];
}

const TEXT = "must be a text";
const NUMBER = "must be a number";
const LIST = "must be a list";
const OBJECT = "must be an object";
const SWITCH = "must be true or false";
const NAME =
  "must be 1 to 64 lower-case letters, digits and dashes, with a letter or digit at the ends";
const VERSION = "is not `name@version`";
const CLASS = 'must be "interactive" or "bulk"';
const ROLE = "is not 1 to 63 of a-z, 0-9, - and _, with a letter or digit at the ends";
const MEMBER =
  "must be input, output, metadata or parameters, or that and names with a dot before each";
const MODEL = "is not name or name@version";
const SCOPES =
  'must be "jobs:write", "jobs:read", "jobs:cancel", "batches:*", "webhooks:*", ' +
  '"admin" or "operator"';
const NO_CLASS =
  'is no class that the model has: must be the id of one of 175, such as "clone-array", or null for none';
const WEEK = "must be at most 604800000";

const rights: readonly WrongMember[] = [
  ["/scopes", "jobs:write", LIST],
  ["/scopes", [], "must have at least 1 element"],
  ["/scopes/0", "jobs", SCOPES],
  ["/models", "wine", LIST],
  ["/models", [], "must have at least 1 element"],
  ["/models/0", "Wine", MODEL],
  ["/priority_ceiling", "high", CLASS],
];

/** Bodies of what people write by hand, and every member of them. */
export const WRONG_BODIES: readonly WrongBody[] = [
  {
    method: "PUT",
    path: "/v1/endpoints/wrong",
    schema: definitionSchema,
    right: { variants: [{ name: "blue", model: "faq-javascript@1" }] },
    wrong: [
      ["", [], OBJECT],
      ["/variants", undefined, "is missing: must be a list"],
      ["/variants/0/model", undefined, "is missing: must be a text"],
      ["/description", 1, TEXT],
      ["/description", "x".repeat(1001), "must have at most 1000 characters"],
      ["/tags", "web", OBJECT],
      ["/tags/team", 1, TEXT],
      ["/tags/a=b", "x", "is a name that must be 1 to 64 characters, none of them ="],
      ["/properties", [], OBJECT],
      ["/properties/team", null, TEXT],
      ["/variants", {}, LIST],
      ["/variants", [], "must have at least 1 element"],
      ["/variants", Array.from({ length: 17 }, () => ({})), "must have at most 16 elements"],
      ["/variants/0", "blue", OBJECT],
      ["/variants/0/name", "b".repeat(65), NAME],
      ["/variants/0/name", "Blue", NAME],
      ["/variants/0/model", "faq-javascript", VERSION],
      ["/variants/0/share", "10", NUMBER],
      ["/variants/0/share", 101, "must be at most 100"],
      ["/variants/0/share", 0.001, "has more than two decimals"],
      ["/variants/0/type", "test", 'must be "control" or "treatment"'],
      ["/default", 1, TEXT],
      ["/default", "green", "is not one of the variants: blue"],
      ["/shadows", {}, LIST],
      ["/shadows/0", 1, OBJECT],
      ["/shadows/0/name", 1, TEXT],
      ["/shadows/0/model", "faq-javascript@0", VERSION],
      ["/shadows/0/percent", -1, "must be at least 0"],
      ["/shadows/0/of", "blue", LIST],
      ["/shadows/0/of/0", "Blue", NAME],
      ["/compare", 1, OBJECT],
      ["/compare/agreement_min", 2, "must be at most 1"],
      ["/compare/judge_by", "luck", 'must be "agreement" or "truth"'],
      ["/compare/error_max", -1, "must be at least 0"],
      ["/compare/p95_ratio_max", 0, "must be more than 0"],
      ["/compare/pairs_min", 0, "must be at least 1"],
      ["/compare/pairs_min", 1.5, "must be a whole number"],
      ["/compare/promote", true, 'must be "manual" or "automatic"'],
      ["/compare/steps", 5, LIST],
      ["/compare/steps", [5, 5], "do not rise"],
      ["/compare/steps/0", "5", NUMBER],
      ["/defaults", [], OBJECT],
      ["/defaults/wait_ms", 3_600_001, "must be at most 3600000"],
      ["/defaults/timeouts", 5, OBJECT],
      ["/defaults/timeouts/start_ms", "5s", NUMBER],
      ["/defaults/timeouts/attempt_ms", 0, "must be at least 1"],
      ["/defaults/timeouts/total_ms", 604_800_001, WEEK],
      ["/defaults/priority", "low", CLASS],
      ["/defaults/max_queue_wait_ms", true, NUMBER],
      ["/quota", 1, OBJECT],
      ["/quota/requests_per_minute", 0, "must be at least 1"],
      ["/metrics", "no", SWITCH],
      ["/auth", "none", 'must be "keys", "tokens" or "both"'],
      ["/cors", "*", OBJECT],
      ["/cors/origins", "*", LIST],
      ["/cors/origins/0", "shop", "must be * or an origin, such as https://shop.example"],
      ["/capture", true, OBJECT],
      ["/capture/percent", "10", NUMBER],
      ["/capture/inputs", 1, SWITCH],
      ["/capture/outputs", 1, SWITCH],
      ["/capture/images", 1, SWITCH],
      ["/capture/drop", "input", LIST],
      ["/capture/drop/0", "user", MEMBER],
      ["/capture/drop/0", "input..user", MEMBER],
      ["/capture/hash", "input", LIST],
      ["/capture/hash/0", 1, TEXT],
      ["/capture/days", 0, "must be at least 1"],
      ["/allow_different_contract", "yes", SWITCH],
    ],
  },
  {
    method: "PUT",
    path: "/v1/roles/wrong",
    schema: putRoleSchema,
    right: { scopes: ["jobs:write"] },
    wrong: [["/scopes", undefined, "is missing: must be a list"], ...rights],
  },
  {
    method: "POST",
    path: "/v1/tokens",
    schema: createTokenSchema,
    right: {},
    wrong: [
      ["/role", "A", ROLE],
      ["/role", "nobody", "is not the name of a role"],
      ...rights,
      ["/lifetime_seconds", "1h", NUMBER],
      ["/lifetime_seconds", 0, "must be at least 1"],
      ["/lifetime_seconds", 86_401, "must be at most 86400"],
    ],
  },
  {
    method: "POST",
    path: "/v1/keys",
    schema: createKeySchema,
    right: { name: "wrong" },
    wrong: [
      ["/name", undefined, "is missing: must be a text"],
      ["/name", "", "must have at least 1 character"],
      ["/tenant", "A", ROLE],
      ["/role", 1, TEXT],
      ...rights,
      ["/expires_at", "soon", "is not a time such as 2027-01-31T00:00:00Z"],
    ],
  },
  {
    method: "POST",
    path: "/v1/endpoints/wrong/replays",
    schema: newReplaySchema,
    right: { batch: "bat_0", model: "faq-javascript@1" },
    wrong: [
      ["/batch", 1, TEXT],
      ["/model", 1, TEXT],
      ["/variant", 1, TEXT],
      ["", { batch: "bat_0" }, "needs either `model` or `variant`"],
    ],
  },
  {
    method: "POST",
    path: "/v1/jobs/JOB_ID/label",
    schema: labelSchema,
    right: { label: "clone-array" },
    wrong: [
      ["", {}, "needs either `label` or `expected`"],
      ["/label", "x".repeat(4097), "is longer than 4096 bytes of JSON"],
      ["/label", "clone-arrays", NO_CLASS],
      ["/label", { id: "clone-arrays" }, NO_CLASS],
    ],
  },
];

/** A body with one member changed; undefined leaves it out. */
export function withMember(body: unknown, pointer: string, value: unknown): unknown {
  const [, name, ...rest] = pointer.split("/");
  if (name === undefined) return value;
  const inner = rest.map((one) => `/${one}`).join("");
  const before: unknown = Reflect.get(Object(body), name);
  const after = withMember(before, inner, value);
  if (name === "0") return [after];
  return { ...Object(body), [name]: after };
}

interface Described {
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
  readonly anyOf?: readonly Described[];
}

/** Pointers of all members that a body may have; of lists, of their first element. */
export function membersOf(schema: z.ZodType): readonly string[] {
  return [...new Set(pointersOf(bodySchema(schema), ""))];
}

function pointersOf({ properties = {}, items, anyOf = [] }: Described, at: string): string[] {
  return [
    ...Object.entries(properties).flatMap(([name, inner]) => [
      `${at}/${name}`,
      ...pointersOf(inner, `${at}/${name}`),
    ]),
    ...(items === undefined ? [] : [`${at}/0`, ...pointersOf(items, `${at}/0`)]),
    ...anyOf.flatMap((inner) => pointersOf(inner, at)),
  ];
}
