/** Among the models, what the dialect of OpenAI is for. */
export const EMBEDDING = "embedding";

/** A lane in which nothing that others are asked for waits. */
const lane = "wine@1.shadow";

/** Where few names will do: one that does, by parameter. */
export const NAMES_AT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "/openai/v1/models/{model}": { model: EMBEDDING },
  "/v1/models/{model}/examples/{name}": { model: "image-classification", name: "espresso" },
  "/v1/queue/{lane}/pause": { lane },
  "/v1/queue/{lane}/resume": { lane },
  "/v1/queue/{lane}/purge": { lane },
  "/page/{folder}/{name}": { folder: "app", name: "page.css" },
};
