import type { Service } from "./service.ts";

const ranking = [
  ["clone-array", "clone-array", 0.9648356],
  ["empty-array", "empty-array", 0.0043885],
];
const classes = [
  ["n07920052", "espresso", 0.981],
  ["n07930864", "cup", 0.0121],
  ["n03063599", "coffee mug", 0.0037],
];

/** Answers of services, by what they score. */
export const answers = {
  question: ranking,
  image: [{ image: classes }, "Computed in 7.31 ms"],
  record: { label: 1, probabilities: { "1": 0.98, "2": 0.02 } },
};

/** The first again, as the oldest clients get it. */
export const older = { result: [ranking, "Computed in 1.35 ms"] };

export const service = {
  name: "faq-javascript",
  description: "Finds the entry of a JavaScript FAQ (175 entries) that answers a question.",
  tags: { team: "web" },
  properties: {},
  models: ["faq-javascript@1"],
  state: "Healthy",
  computeType: "scoreline",
  scoringUri: "/api/v1/service/faq-javascript/score",
  swaggerUri: "/api/v1/service/faq-javascript/swagger.json",
} satisfies Service;

/** The head of one. */
export const swagger = {
  swagger: "2.0",
  info: { title: service.name, description: service.description, version: "1" },
  basePath: "/api/v1/service/faq-javascript",
};
