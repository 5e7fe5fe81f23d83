// Asks a gateway as OpenAI's own client does: node client.mjs PACKAGE BASE_URL KEY MODEL < TEXTS > VECTORS
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const [folder = "", baseURL = "", apiKey = "", model = ""] = process.argv.slice(2);
const { default: OpenAI, BadRequestError } = createRequire(`${folder}/`)("openai");
const client = new OpenAI({ baseURL, apiKey });
const given = JSON.parse(await text(process.stdin));
const answer = await client.embeddings.create({ model, input: given.texts });
const ids = await client.embeddings.create({ model, input: given.ids });
const floats = await client.embeddings.create({
  model,
  input: given.texts.slice(0, 3),
  encoding_format: "float",
});
const refused = await client.embeddings.create({ model, input: ["a", ""] }).then(
  () => "not refused",
  (error) => {
    if (error instanceof BadRequestError) return [error.status, error.param, error.code];
    throw error;
  },
);
const models = [];
for await (const one of client.models.list()) models.push(one.id);
const vectors = ({ data }) => data.map(({ embedding }) => embedding);
process.stdout.write(
  JSON.stringify({
    texts: vectors(answer),
    ids: vectors(ids),
    floats: vectors(floats),
    tokens: answer.usage.total_tokens,
    models,
    refused,
  }),
);
