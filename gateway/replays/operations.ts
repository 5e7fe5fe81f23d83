import { itemUploads } from "../batches/batch-requests.ts";
import { nameParameter } from "../endpoints/operations.ts";
import { json, jsonBody, routes } from "../http/openapi/operation.ts";
import { idParameter, queryParameters, waitParameters } from "../http/openapi/parameters.ts";
import { BAD_BODY, GONE } from "../http/openapi/problems.ts";
import type { Room } from "../http/openapi/room.ts";
import { createReplay, newReplaySchema, replayQuerySchema } from "./create-replay.ts";
import * as examples from "./examples.ts";
import { deleteReplay, getReplay, listReplays, replayListQuerySchema } from "./get-replay.ts";
import { replayListSchema, replaySchema } from "./replay-json.ts";
import type { ReplayServices } from "./services.ts";

const replayIdParameter = idParameter("The replay's id.", examples.replay.id);
const route = routes({ tag: "Endpoints", scope: "batches:*" });
const path = "/v1/endpoints/{name}/replays";
const ofReplay = [nameParameter, replayIdParameter];

/** Versions that are tried with the items of a batch. */
export const replaysRoom: Room<ReplayServices> = {
  answers: { Replay: replaySchema, ReplayList: replayListSchema },
  bodies: { CreateReplay: newReplaySchema },
  operations: [
    route.post(path, createReplay, {
      summary: "Score the items of a batch with another version, and compare",
      description:
        "They become a batch of yours, of priority `bulk`, which counts in your limits. Where items say " +
        "what is `expected`, errors of both versions are compared, too. Items may come with the request, as " +
        "lines, a table or files: the endpoint's default variant scores them as well, and the query names the " +
        "version to try. A bad item fails the whole request.",
      parameters: [nameParameter, ...queryParameters(replayQuerySchema.shape)],
      body: {
        required: true,
        content: {
          ...jsonBody("CreateReplay", { model: examples.wanted }).content,
          ...itemUploads(),
        },
      },
      answers: {
        202: json("It is made.", "Replay", { made: examples.made }, ["ReplayLocation"]),
      },
      fails: [
        ...GONE,
        ...BAD_BODY,
        "batch_not_open",
        "batch_not_replayable",
        "model_archived",
        "model_unavailable",
        "queue_paused",
      ],
    }),
    route.get(path, listReplays, {
      scope: "any",
      summary: "Your replays for an endpoint, newest first",
      parameters: [nameParameter, ...queryParameters(replayListQuerySchema.shape)],
      answers: { 200: json("A page of them.", "ReplayList", { page: examples.list }, ["Link"]) },
      fails: ["invalid_input", "unknown_field"],
    }),
    route.get(`${path}/{id}`, getReplay, {
      scope: "any",
      summary: "A replay and what it has found; can wait for its end",
      parameters: [...ofReplay, ...waitParameters],
      answers: {
        200: json("The replay, in any status.", "Replay", { ended: examples.replay }, [
          "Preference-Applied",
        ]),
      },
      fails: [...GONE, "invalid_input"],
    }),
    route.delete(`${path}/{id}`, deleteReplay, {
      summary: "Erase a replay, and cancel what is still scored for it",
      description: "The candidate's batch stays until it expires, or is deleted.",
      parameters: ofReplay,
      answers: { 204: { description: "It is erased, now or earlier." } },
      fails: ["gone_expired", "lost", "not_found"],
    }),
  ],
};
