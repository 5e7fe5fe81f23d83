import { queuedJob, succeededJob } from "./examples.ts";
import { named } from "../http/openapi/parts.ts";

const { output: _, ...brief } = queuedJob;

/** A job's course as it looks on the wire. */
const stream = [
  "retry: 2000\n",
  "id: 1-queued-12",
  "event: status",
  `data: ${JSON.stringify(brief)}\n`,
  "id: 1-succeeded",
  "event: completed",
  `data: ${JSON.stringify(succeededJob)}\n\n`,
].join("\n");

/** The media type of a stream of events, with an example. */
export const eventStreamContent = {
  "text/event-stream": { schema: { type: "string" }, examples: named({ stream }) },
};
