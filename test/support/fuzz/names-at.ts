/** Among the models, what the dialect of OpenAI is for. */
export const EMBEDDING = "embedding";

/** Where few names will do: one that does, by parameter. */
export const NAMES_AT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "/openai/v1/models/{model}": { model: EMBEDDING },
  "/v1/models/{model}/examples/{name}": { model: "image-classification", name: "espresso" },
  "/page/{folder}/{name}": { folder: "app", name: "page.css" },
};
