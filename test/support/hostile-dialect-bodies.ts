import { around, json, list, members, type HostileBody } from "./hostile-bodies.ts";

const EMBEDDINGS = "/openai/v1/embeddings";
const FAQ_SERVICE = "/api/v1/service/faq-javascript/score";
const IMAGE_SERVICE = "/api/v1/service/image-classification/score";

const dialect = (name: string, path: string, body: HostileBody["body"]): HostileBody => ({
  ...json(name, path, body),
  problem: "application/json",
});

type Fill = (part: string, bytes: number) => string;

/** What stands before and behind what a request for embeddings is filled with. */
const EMBEDDED: readonly (readonly [
  name: string,
  before: string,
  fill: Fill,
  part: string,
  after: string,
])[] = [
  ["numbers that are no ids", '"input":[', list, "1.5", "]"],
  ["a text and numbers", '"input":["",', list, "1.5", "]"],
  ["lists of numbers that are no ids", '"input":[[', list, "1.5", "]]"],
  ["nulls", '"input":[', list, "null", "]"],
  ["empty lists", '"input":[', list, "[]", "]"],
  ["empty texts", '"input":[', list, '""', "]"],
  ["unknown members", '"input":"a",', members, "1", ""],
];

/** Those of other people's protocols. */
export const HOSTILE_DIALECT_BODIES: readonly HostileBody[] = [
  ...EMBEDDED.map(([name, before, fill, filling, after]) =>
    dialect(
      `embeddings of ${name}`,
      EMBEDDINGS,
      around(`{"model":"faq-javascript",${before}`, fill, filling, `${after}}`),
    ),
  ),
  dialect(
    "images of a service that are none",
    IMAGE_SERVICE,
    around('{"input":{', members, "null", "}}"),
  ),
  dialect("images of a service", IMAGE_SERVICE, around('{"input":{', members, '"AAAA"', "}}")),
  dialect("JSON in a text of a service", IMAGE_SERVICE, (bytes) =>
    JSON.stringify({ input: `{"a":[${list("[]", bytes)}]}` }),
  ),
  dialect("members in a text of a service", IMAGE_SERVICE, (bytes) =>
    JSON.stringify({ input: `{${members("null", bytes)}}` }),
  ),
  dialect("data of a service that are none", FAQ_SERVICE, around('{"data":[', list, "null", "]}")),
  dialect(
    "unknown parameters of a service",
    FAQ_SERVICE,
    around('{"input":"a","parameters":{', members, "null", "}}"),
  ),
];
