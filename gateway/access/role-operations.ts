import type { Context } from "hono";
import type { Rights } from "../../shared/access/rights.ts";
import type { Roles } from "../../shared/access/roles.ts";
import { badParameter, fault, ScoringError } from "../../shared/error.ts";
import type { Logger } from "../../shared/log.ts";
import { jsonAnswer } from "../http/answers.ts";
import { json, jsonBody, routes, type Handler, type Operation } from "../http/openapi/operation.ts";
import { BAD_BODY } from "../http/openapi/problems.ts";
import { parseBody } from "../http/parse-json.ts";
import { readBody } from "../http/read-body.ts";
import { audit } from "./audit.ts";
import { callerOf, demandAll, refuseWhenOpen } from "./caller.ts";
import { rightsIn, roleSchema } from "./key-body.ts";
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
  if (rights === undefined) throw noSuchRole(name);
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
  audit(logger, callerOf(c), "role changed", { of: { role_name: name }, before, after: rights });
  return jsonAnswer(roleJson({ name, rights }));
};

/** `DELETE /v1/roles/{name}`: whoever has it may do nothing until there is one of this name again. */
const deleteRole: Handler<RoleServices> = async (c, { roles, logger }) => {
  refuseWhenOpen(c);
  const name = nameIn(c);
  const before = await roles.delete(name);
  if (before === undefined) throw noSuchRole(name);
  audit(logger, callerOf(c), "role deleted", { of: { role_name: name }, before, after: undefined });
  return new Response(null, { status: 204 });
};

function noSuchRole(name: string): ScoringError {
  return new ScoringError("not_found", `There is no role "${name.slice(0, 100)}".`);
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
const ofRole = routes({
  ...admin,
  parameters: [
    {
      name: "name",
      in: "path",
      required: true,
      description: "The role's name: 1 to 63 of a-z, 0-9, `-` and `_`.",
      schema: { type: "string", minLength: 1, examples: ["scorer"] },
    },
  ],
});

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
