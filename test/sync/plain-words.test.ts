import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filesMatching } from "./support/repository.ts";

/** Wordings that a native reader stumbled over; each was replaced everywhere, and stays away. */
const CLUMSY = [
  // Titles and messages of errors.
  "There are as many webhook endpoints as there may be",
  "There are as many secrets as may sign at a time",
  "The answer cannot be had in this media type",
  "It did not end in time",
  "You have as many unfinished jobs, or bytes in them, as you may",
  "The queue cannot be looked at at the moment",
  "There is no such thing",
  "The job ended its worker too often",
  "are not managed while AUTH=off",
  // The README.
  "Once a job is accepted it will be done",
  "also when the process that was to do it dies",
  "Scores with ONNX models behind a durable queue",
  "others should call it over HTTP from machines of your own",
  "to share runs of the model where that pays",
  "(some members left out)",
  "what was accepted and not done is done after the next start",
  "has not been tried by us yet",
  "let the question wait for its end",
  "A job that ends badly answers with its own status",
  "ends at once; what it still puts out is discarded",
  "a create can be repeated and makes one job",
  "What ended badly is queued again",
  "two secrets that are exchanged without downtime",
  "is scored beside interactive work without being in its way",
  "goes on where it broke",
  "models run at a time; the cores there are when not set",
  "Every role has figures for Prometheus",
  "gives the work of dead workers to others",
  "Ids of others, or changed ones, are not taken for ours",
  "A direct server without a queue answers a single client sooner",
  "Endpoints that split traffic, a package to install",
  // Pages.
  "because gateways remember keys for so long",
  "that is no number is 422",
  "asks for it whatever the size, `false` for the contrary",
  "Nothing else changes for who reads",
  "gets no traffic less",
  "answers who waits",
  "falls behind by that and still ends everything",
  "for politeness, and kept nowhere",
  "the words make no command",
  "that is no version yet the graph alone is looked at",
  "what a courier that died was sending waits for another",
  "stores a delivery for each who wants to know",
  "is held back by itself",
  "hold it to what a running system answers",
  "In brackets what holds unless you say otherwise",
  "in a folder of the operator's",
  "refused for want of room",
  "which says of each code what stands below",
  "Mend the body",
  "have not ended, or bytes of inputs in them, as may be",
  "when not said",
  "unless said",
  // Help and comments.
  "looks, asks, tries, writes",
  "what is no file is taken as text",
  "of which attempts have failed for so long, and none has not",
  "What a new record is to say of whom to call",
  "What whoever delivers tells of each attempt",
  "by and by others than at its start",
  "Of a name's several addresses each but the last",
  "a gateway that goes away waits for its end so long",
  "they go on with another gateway",
  "Said by whoever writes",
  "Where nothing more may fly, what lands brings the next turn",
  "until a sweep says it better, this is the longest",
  "what is said of the graph, if anything is",
] as const;

const texts = filesMatching([
  "*.md",
  "docs/**/*.md",
  "{cli,gateway,shared,worker}/**/*.{ts,lua}",
]).map(({ path, text }) => ({ path, words: plain(text) }));

describe("what users read", () => {
  for (const phrase of CLUMSY) {
    it(`does not say "${phrase}"`, () => {
      const found = texts.filter(({ words }) => words.includes(plain(phrase)));
      assert.deepEqual(
        found.map(({ path }) => path),
        [],
      );
    });
  }
});

/** In one line and in lower case, without the marks of comments that a line may begin with. */
function plain(text: string): string {
  return text
    .replaceAll(/\n\s*(?:\/\/|--|\*)?\s*/g, " ")
    .replaceAll(/\s+/g, " ")
    .toLowerCase();
}
