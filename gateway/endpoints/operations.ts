import type { Context } from "hono";
import { NAME_RULE, nameSchema } from "../../shared/model/manifest.ts";
import { definitionSchema, type Definition } from "../../shared/endpoint/definition.ts";
import type { Endpoint } from "../../shared/endpoint/endpoints.ts";
import { badParameter, ScoringError } from "../../shared/error.ts";
import { callerOf } from "../access/caller.ts";
import { jsonAnswer } from "../http/answers.ts";
import { json, jsonBody, routes, type Handler } from "../http/openapi/operation.ts";
import { header, pathParameter } from "../http/openapi/parameters.ts";
import { BAD_BODY } from "../http/openapi/problems.ts";
import type { Room } from "../http/openapi/room.ts";
import { readBody } from "../http/read-body.ts";
import type { Contracts } from "../models/contracts.ts";
import { demandEndpoint, mayUseEndpoint } from "../routing/planner.ts";
import { checkVersions } from "./check-versions.ts";
import { readDefinition, readPatch } from "./endpoint-body.ts";
import type { Comparisons } from "./comparisons.ts";
import {
  endpointJson,
  endpointListSchema,
  endpointSchema,
  type EndpointList,
  type StateServices,
} from "./endpoint-json.ts";
import type { EndpointStore } from "./endpoint-store.ts";
import * as examples from "./examples.ts";

const BODY_BYTES_MAX = 65_536;

export interface EndpointServices extends StateServices {
  readonly endpoints: EndpointStore;
  readonly contracts: Contracts;
  readonly comparisons: Comparisons;
}

type Route = Handler<EndpointServices>;

/** `GET /v1/endpoints`: all that the key may use, by name. */
const listEndpoints: Route = async (c, services) => {
  const all = await services.endpoints.list();
  const usable = all.filter((endpoint) => mayUseEndpoint(callerOf(c), endpoint));
  const data = usable.map((endpoint) => endpointJson(endpoint, services));
  return jsonAnswer({ object: "list", data } satisfies EndpointList);
};

/** `GET /v1/endpoints/{name}` */
const getEndpoint: Route = async (c, services) =>
  answer(await endpointIn(c, services.endpoints), services);

/** `PUT /v1/endpoints/{name}`: makes it, or replaces what is there. */
const putEndpoint: Route = async (c, services) => {
  const name = nameOf(c);
  if (!nameSchema.safeParse(name).success) {
    throw badParameter("name", `The name of an endpoint ${NAME_RULE}.`, NAME_RULE);
  }
  const definition = readDefinition(await readBody(c, BODY_BYTES_MAX), name);
  return change(c, services, () => definition);
};

/** `PATCH /v1/endpoints/{name}`: changes what is said, and leaves the rest. */
const patchEndpoint: Route = async (c, services) => {
  const body = await readBody(c, BODY_BYTES_MAX);
  return change(c, services, (before) => {
    if (before === undefined) throw noSuchEndpoint(nameOf(c));
    return readPatch(body, before);
  });
};

/** `DELETE /v1/endpoints/{name}`: jobs that it has made are left alone, its comparisons go. */
const deleteEndpoint: Route = async (c, { endpoints, comparisons }) => {
  const name = nameOf(c);
  const { before: deleted } = await endpoints.change({
    name,
    by: callerOf(c),
    check: (before) => {
      if (before === undefined) throw noSuchEndpoint(name);
      checkMatch(c, before);
    },
    definition: () => undefined,
  });
  if (deleted !== undefined) await comparisons.reset(deleted);
  return new Response(null, { status: 204 });
};

async function change(
  c: Context,
  services: EndpointServices,
  definitionOf: (before: Endpoint | undefined) => Definition,
): Promise<Response> {
  const { before, after } = await services.endpoints.change({
    name: nameOf(c),
    by: callerOf(c),
    check: (it) => checkMatch(c, it),
    definition: (it) => {
      const definition = definitionOf(it);
      checkVersions(definition, services);
      return definition;
    },
  });
  // Somebody has deleted it since.
  if (after === undefined) throw noSuchEndpoint(nameOf(c));
  return answer(after, services, before === undefined ? 201 : 200);
}

function answer(endpoint: Endpoint, services: StateServices, status = 200): Response {
  const { name } = endpoint;
  return jsonAnswer(endpointJson(endpoint, services), status, {
    etag: etagOf(endpoint),
    ...(status === 201 ? { location: `/v1/endpoints/${name}` } : {}),
  });
}

function etagOf({ revision }: Endpoint): string {
  return `"${revision}"`;
}

/** @throws {ScoringError} `precondition_failed` */
function checkMatch(c: Context, before: Endpoint | undefined): void {
  const wanted = c.req.header("if-match");
  const known = before && etagOf(before);
  if (wanted !== undefined && (wanted === "*" ? known === undefined : wanted !== known)) {
    const is = before === undefined ? "there is none" : `it has revision ${before.revision}`;
    throw new ScoringError("precondition_failed", `If-Match says ${wanted.slice(0, 100)}; ${is}.`);
  }
  if (c.req.header("if-none-match") !== "*" || before === undefined) return;
  throw new ScoringError("precondition_failed", `There is an endpoint ${before.name} already.`);
}

/** In the path. */
export function nameOf(c: Context): string {
  return c.req.param("name") ?? "";
}

/** The endpoint in the path. @throws {ScoringError} `not_found`; `forbidden` when the caller may not use it */
export async function endpointIn(c: Context, endpoints: EndpointStore): Promise<Endpoint> {
  const endpoint = await endpoints.read(nameOf(c));
  if (endpoint === undefined) throw noSuchEndpoint(nameOf(c));
  demandEndpoint(callerOf(c), endpoint);
  return endpoint;
}

function noSuchEndpoint(name: string): ScoringError {
  return new ScoringError("not_found", `There is no endpoint "${name.slice(0, 100)}".`);
}

/** The name in the path. */
export const nameParameter = pathParameter("name", "The endpoint's name.", examples.endpoint.name);
const ifMatchParameter = header("If-Match", {
  description: "The `ETag` that you have seen: refused when it has changed since.",
  example: '"17"',
});

const common = { tag: "Endpoints", scope: "operator" } as const;
const route = routes(common);
const ofEndpoint = routes({ ...common, parameters: [nameParameter] });
const changing = [nameParameter, ifMatchParameter];
const shown = ["Endpoint", { endpoint: examples.endpoint }] as const;
const anyScope = { scope: "any" } as const;

/** One name for several versions. */
export const endpointsRoom: Room<EndpointServices> = {
  answers: { Endpoint: endpointSchema, EndpointList: endpointListSchema },
  bodies: { PutEndpoint: definitionSchema },
  operations: [
    route.get("/v1/endpoints", listEndpoints, {
      ...anyScope,
      summary: "All endpoints that the key may use, by name",
      answers: { 200: json("The endpoints.", "EndpointList", { list: examples.list }) },
    }),
    ofEndpoint.get("/v1/endpoints/{name}", getEndpoint, {
      ...anyScope,
      summary: "An endpoint, its variants and how they are",
      answers: { 200: json("The endpoint.", ...shown, ["EndpointETag"]) },
      fails: ["not_found"],
    }),
    ofEndpoint.put("/v1/endpoints/{name}", putEndpoint, {
      summary: "Create an endpoint, or replace it",
      description:
        "The name follows it from then on, also where a model has that name; `name@version` still " +
        "means the version. Every gateway follows within two seconds.",
      parameters: changing,
      body: jsonBody("PutEndpoint", { split: examples.definition }),
      answers: {
        200: json("The endpoint as it is now.", ...shown, ["EndpointETag"]),
        201: json("The new endpoint.", ...shown, ["EndpointETag", "EndpointLocation"]),
      },
      fails: [...BAD_BODY, "precondition_failed", "endpoints_full"],
    }),
    ofEndpoint.patch("/v1/endpoints/{name}", patchEndpoint, {
      summary: "Change parts of an endpoint",
      description: "A JSON merge patch (RFC 7396): lists, such as `variants`, are replaced whole.",
      parameters: changing,
      body: jsonBody("PatchEndpoint", { back: { default: "blue" } }),
      answers: { 200: json("The endpoint as it is now.", ...shown, ["EndpointETag"]) },
      fails: [...BAD_BODY, "precondition_failed", "not_found"],
    }),
    ofEndpoint.delete("/v1/endpoints/{name}", deleteEndpoint, {
      summary: "Delete an endpoint",
      parameters: changing,
      answers: {
        204: { description: "Its jobs go on; the name means a model again, if there is one." },
      },
      fails: ["precondition_failed", "not_found"],
    }),
  ],
  schemas: () => ({ PatchEndpoint: { type: "object", description: "Members of an endpoint." } }),
};
