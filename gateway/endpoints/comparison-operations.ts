import { grants } from "../../shared/access/rights.ts";
import { callerOf } from "../access/caller.ts";
import { jsonAnswer } from "../http/answers.ts";
import { json, routes, type Handler } from "../http/openapi/operation.ts";
import type { Room } from "../http/openapi/room.ts";
import { comparisonListSchema, type Comparisons } from "./comparisons.ts";
import type { EndpointStore } from "./endpoint-store.ts";
import * as examples from "./examples.ts";
import { endpointIn, nameParameter } from "./operations.ts";

export interface ComparisonServices {
  readonly endpoints: EndpointStore;
  readonly comparisons: Comparisons;
}

type Route = Handler<ComparisonServices>;

/** `GET /v1/endpoints/{name}/comparisons`: what is known of its shadows, with a verdict on each. */
const getComparisons: Route = async (c, { endpoints, comparisons }) => {
  const caller = callerOf(c);
  const endpoint = await endpointIn(c, endpoints);
  const reader = grants(caller, "operator") ? undefined : caller;
  return jsonAnswer(await comparisons.list(endpoint, reader));
};

/** `DELETE /v1/endpoints/{name}/comparisons`: begins to count anew. */
const resetComparisons: Route = async (c, { endpoints, comparisons }) => {
  await comparisons.reset(await endpointIn(c, endpoints));
  return new Response(null, { status: 204 });
};

const ofEndpoint = routes({ tag: "Endpoints", scope: "operator", parameters: [nameParameter] });
const path = "/v1/endpoints/{name}/comparisons";

/** Versions that are tried beside those that answer. */
export const comparisonsRoom: Room<ComparisonServices> = {
  answers: { ComparisonList: comparisonListSchema },
  operations: [
    ofEndpoint.get(path, getComparisons, {
      scope: "any",
      summary: "How the shadows of an endpoint compare, with a verdict on each",
      description:
        "Every interval holds at all times together, so that looking often makes no verdict wrong.",
      answers: { 200: json("The comparisons.", "ComparisonList", { list: examples.comparisons }) },
      fails: ["not_found"],
    }),
    ofEndpoint.delete(path, resetComparisons, {
      summary: "Begin the comparisons of an endpoint anew",
      answers: { 204: { description: "What was counted is forgotten." } },
      fails: ["not_found"],
    }),
  ],
};
