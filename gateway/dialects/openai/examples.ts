/** A request and its answer, its numbers shortened. */
export const request = { model: "sentences", input: ["how do i clone an array", "Käse"] };

export const embeddings = {
  object: "list",
  data: [
    { object: "embedding", index: 0, embedding: [0.0186, -0.0321, 0.0544] },
    { object: "embedding", index: 1, embedding: [-0.0667, 0.049, 0.0559] },
  ],
  model: "sentences@1",
  usage: { prompt_tokens: 13, total_tokens: 13 },
};

export const model = { id: "sentences", object: "model", created: 0, owned_by: "scoreline" };

export const models = { object: "list", data: [model] };
