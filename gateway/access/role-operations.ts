import type { Context } from "hono";
import type { Rights } from "../../shared/access/rights.ts";
import type { Roles } from "../../shared/access/roles.ts";
import { badParameter, fault, ScoringError } from "../../shared/error.ts";
import type { Logger } from "../../shared/log.ts";
import { jsonAnswer } from "../http/answers.ts";
import { json, jsonBody, routes, type Handler, type Operation } from "../http/openapi/operation.ts";
import { pathParameter } from "../http/openapi/parameters.ts";
import { BAD_BODY } from "../http/openapi/problems.ts";
import { parseBody } from "../http/parse-json.ts";
import { readBody } from "../http/read-body.ts";
import { audit } from "./audit.ts";
import { callerOf, demandAll, refuseWhenOpen } from "./caller.ts";
import { rightsIn, roleSchema } from "./key-body.ts";
import { rightsJson } from "./rights-json.ts";
import { putRoleSchema, roleJson, type RoleJson, type RoleList } from "./role-json.ts";

const BODY_BYTES_MAX = 65_536;

export interface RoleServices {
  readonly roles: Roles;
  readonly logger: Logger;
}

/** The rights of a role that a body names. @throws {ScoringError} `invalid_input` when there is none */
export async function findRole(name: string, { roles }: RoleServices): Promise<Rights> {
  const rights = await roles.find(name);
  if (rights === undefined) throw fault("invalid_input", "/role", "is not the name of a role");
  return rights;
}

/** `GET /v1/roles` */
const listRoles: Handler<RoleServices> = async (c, { roles }) => {
  refuseWhenOpen(c);
  const body: RoleList = { object: "list", data: (await roles.list()).map(roleJson) };
  return jsonAnswer(body);
};

/** `GET /v1/roles/{name}` */
const getRole: Handler<RoleServices> = async (c, { roles }) => {
  refuseWhenOpen(c);
  const name = nameIn(c);
  const rights = await roles.find(name);
  if (rights === undefined) throw await noSuchRole(name, roles);
  return jsonAnswer(roleJson({ name, rights }));
};

/** `PUT /v1/roles/{name}`: whoever has the role has these rights from now on, within 2 s. */
const putRole: Handler<RoleServices> = async (c, { roles, logger }) => {
  refuseWhenOpen(c);
  const name = nameIn(c);
  const why = roleSchema.safeParse(name).error?.issues[0]?.message;
  if (why !== undefined) throw badParameter("name", `The name of a role ${why}.`, why);
  const rights = rightsIn(parseBody(putRoleSchema, await readBody(c, BODY_BYTES_MAX)));
  demandAll(callerOf(c), rights.scopes);
  const before = await roles.put(name, rights);
  const change = { of: { role_name: name }, before: shown(before), after: rightsJson(rights) };
  audit(logger, callerOf(c), "role changed", change);
  return jsonAnswer(roleJson({ name, rights }));
};

/** `DELETE /v1/roles/{name}`: whoever has it may do nothing until there is one of this name again. */
const deleteRole: Handler<RoleServices> = async (c, { roles, logger }) => {
  refuseWhenOpen(c);
  const name = nameIn(c);
  const before = await roles.delete(name);
  if (before === undefined) throw await noSuchRole(name, roles);
  const change = { of: { role_name: name }, before: rightsJson(before), after: undefined };
  audit(logger, callerOf(c), "role deleted", change);
  return new Response(null, { status: 204 });
};

/** As the API tells them. */
const shown = (rights: Rights | undefined) => rights && rightsJson(rights);

async function noSuchRole(name: string, roles: Roles): Promise<ScoringError> {
  const known = (await roles.list()).map((role) => role.name);
  const there = known.length === 0 ? "There are none." : `Known: ${known.slice(0, 50).join(", ")}.`;
  return new ScoringError("not_found", `There is no role "${name.slice(0, 100)}". ${there}`);
}

function nameIn(c: Context): string {
  return c.req.param("name") ?? "";
}

const role = {
  object: "role",
  name: "scorer",
  scopes: ["jobs:write"],
  models: ["wine"],
  priority_ceiling: "interactive",
} satisfies RoleJson;

const admin = { tag: "Keys", scope: "admin" } as const;
const route = routes(admin);
const nameParameter = pathParameter(
  "name",
  "The role's name: 1 to 63 of a-z, 0-9, `-` and `_`.",
  role.name,
);
const ofRole = routes({ ...admin, parameters: [nameParameter] });

/** What admins do with roles. */
export const roleOperations: readonly Operation<RoleServices>[] = [
  route.get("/v1/roles", listRoles, {
    summary: "All roles, by name",
    answers: { 200: json("The roles.", "RoleList", { all: { object: "list", data: [role] } }) },
  }),
  ofRole.get("/v1/roles/{name}", getRole, {
    summary: "A role",
    answers: { 200: json("The role.", "Role", { role }) },
    fails: ["not_found"],
  }),
  ofRole.put("/v1/roles/{name}", putRole, {
    summary: "Create or change a role",
    body: jsonBody("PutRole", { scorer: { scopes: ["jobs:write"], models: ["wine"] } }),
    answers: { 200: json("The role.", "Role", { role }) },
    fails: BAD_BODY,
  }),
  ofRole.delete("/v1/roles/{name}", deleteRole, {
    summary: "Delete a role",
    answers: { 204: { description: "Who had it may do nothing." } },
    fails: ["not_found"],
  }),
];
