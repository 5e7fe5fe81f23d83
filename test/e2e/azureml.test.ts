import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { z } from "zod";
import { bearer, makeToken } from "../support/access-tokens.ts";
import { ask, PHOTO, repositoryFile, request } from "../support/client.ts";
import { JSON_TYPE, refusal, send, type Sent } from "../support/azureml.ts";
import { batchModels } from "../support/models.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const question = "how do i clone an array";
const photo = repositoryFile(PHOTO);
const base64 = photo.toString("base64");

const ranking = z.array(z.tuple([z.string(), z.string(), z.number()]));
const classes = z.array(z.tuple([z.string(), z.string(), z.number()])).length(3);
const computed = z.string().regex(/^Computed in \d+(?:\.\d+)? ms$/);
const labelled = z.tuple([z.record(z.string(), classes), computed]);
const classified = z.looseObject({ label: z.string() });
const service = z.object({
  state: z.string(),
  models: z.array(z.string()),
  scoringUri: z.string(),
});

describe("the Azure ML dialect", () => {
  let models = "";
  let system: System & { url: string };
  before(async () => {
    models = batchModels(["faq-javascript", "image-classification", "wine"]);
    system = await System.start({ MODELS_DIR: models, SCORE_MODEL: "faq-javascript" });
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true, force: true });
  });

  const post = async (path: string, ...given: Sent) => send(`${system.url}${path}`, ...given);
  const score = async (name: string, ...given: Sent) =>
    post(`/api/v1/service/${name}/score`, ...given);

  it("ranks all questions of an FAQ, and says which job did it", async () => {
    const response = await score("faq-javascript", { input: question });
    const triples = ranking.parse(await response.json());
    assert.equal(triples.length, 20);
    assert.deepEqual(triples[0]?.slice(0, 2), ["clone-array", "clone-array"]);
    const probabilities = triples.map(([, , probability]) => probability);
    assert.deepEqual(
      probabilities,
      probabilities.toSorted((a, b) => b - a),
    );
    const id = response.headers.get("scoreline-job") ?? "";
    const job = await request(`${system.url}/v1/jobs/${id}`);
    assert.equal(job.body.status, "succeeded");

    const asObject = await score("faq-javascript", { input: { text: question } });
    assert.deepEqual(await asObject.json(), triples);
    const asText = await score("faq-javascript", question, "text/plain");
    assert.deepEqual(await asText.json(), triples);
    const two = await score("faq-javascript", {
      data: [question, { text: question }],
      parameters: { top_k: 1 },
    });
    assert.deepEqual(await two.json(), [triples.slice(0, 1), triples.slice(0, 1)]);
  });

  it("names three classes of each image, in every form that one can be sent", async () => {
    const form = new FormData();
    form.append("photo", new Blob([new Uint8Array(photo)]), "photo.jpg");
    form.append("other", new Blob([new Uint8Array(photo)]), "other.jpg");
    const sent: [names: string[], ...given: [unknown, string?]][] = [
      [["photo", "other"], form],
      [["image"], new Uint8Array(photo), "image/jpeg"],
      [["image"], { input: { image: base64 } }],
      [["image"], { input: base64 }],
      [["lynx", "cup"], { input: { lynx: `"${base64}"`, cup: base64 } }],
      [["image"], { input: JSON.stringify({ image: base64 }) }],
      [["0", "1"], { data: [base64, { image: base64 }] }],
    ];
    for (const [names, ...given] of sent) {
      const response = await score("image-classification", ...given);
      const [images] = labelled.parse(await response.json());
      assert.deepEqual(Object.keys(images), names);
      for (const name of names) assert.equal(images[name]?.[0]?.[1], "espresso");
    }
  });

  it("answers with the output alone of all other models, and with one for each of `data`", async () => {
    const { input, output } = wine();
    const one = await score("wine", { input });
    assert.equal(classified.parse(await one.json()).label, output.label);
    const records = await score("wine", { data: [input, input] });
    const lists = await score("wine", { data: [Object.values(input), Object.values(input)] });
    const both = z
      .array(classified)
      .length(2)
      .parse(await records.json());
    assert.equal(both[1]?.label, output.label);
    assert.deepEqual(await lists.json(), both);
  });

  it("takes an access token as well as a key, with no more than its rights", async () => {
    const wish = { models: ["faq-javascript"] };
    const { access_token: token } = await makeToken(system.url, system.key, wish);
    const asked = { input: question };
    assert.equal((await score("faq-javascript", asked, JSON_TYPE, bearer(token))).status, 200);
    const refused = await refusal(await score("wine", wine(), JSON_TYPE, bearer(token)));
    assert.deepEqual([refused.status, refused.code], [403, "forbidden"]);
  });

  it("scores with the version that stands in the path", async () => {
    const versions = ["1", "2", "image-classification@1"];
    for (const variant of versions) {
      const path = `/api/v1/service/image-classification/score/${variant}`;
      const response = await post(path, new Uint8Array(photo), "image/jpeg");
      labelled.parse(await response.json());
      const id = response.headers.get("scoreline-job") ?? "";
      const { body } = await request(`${system.url}/v1/jobs/${id}`);
      assert.equal(body["model"], `image-classification@${variant.split("@").at(-1)}`);
    }
    const unknown = await refusal(await post("/api/v1/service/wine/score/7", { input: {} }));
    assert.deepEqual([unknown.status, unknown.code], [404, "not_found"]);
  });

  it("says what a service is, and whether it is ready", async () => {
    await until("the gateway has seen the worker", async () => {
      const response = await ask(`${system.url}/api/v1/service/wine`);
      return service.parse(await response.json()).state === "Healthy";
    });
    const described = service.parse(await (await ask(`${system.url}/api/v1/service/wine`)).json());
    assert.deepEqual(described.models, ["wine@1"]);
    const scored = await post(described.scoringUri, { input: wine().input });
    assert.equal(scored.status, 200);
  });

  it("describes each service as valid Swagger 2.0, with a sample that it can score", async () => {
    const document = z.looseObject({
      definitions: z.looseObject({
        ServiceInput: z.looseObject({ example: z.unknown().optional() }),
      }),
    });
    for (const name of ["faq-javascript", "image-classification", "wine", "moody"]) {
      const response = await ask(`${system.url}/api/v1/service/${name}/swagger.json`);
      const swagger = document.parse(await response.json());
      const { valid, errors } = await new Validator().validate({ ...swagger });
      assert.ok(valid, `${name}: ${JSON.stringify(errors)}`);
      if (name === "moody") continue; // it has no goldens
      const scored = await score(name, swagger.definitions.ServiceInput.example);
      assert.equal(scored.status, 200, `${name}: ${await scored.text()}`);
    }
  });

  it("speaks the older wire for the model of SCORE_MODEL", async () => {
    const response = await post("/score", { input: question });
    const { result } = z
      .object({ result: z.tuple([ranking, computed]) })
      .parse(await response.json());
    assert.equal(result[0][0]?.[0], "clone-array");
    const version = await ask(`${system.url}/version`);
    assert.match(await version.text(), /^\d+\.\d+\.\d+/);
  });

  it("refuses in its own shape, with the place of each fault", async () => {
    const refused: [
      status: number,
      code: string,
      pointer: string | undefined,
      Promise<Response>,
    ][] = [
      [400, "invalid_json", undefined, score("wine", "{")],
      [404, "not_found", undefined, score("nope", { input: 1 })],
      [415, "unsupported_media_type", undefined, score("wine", "a,b", "text/csv")],
      [422, "invalid_input", "", score("wine", {})],
      [422, "unknown_field", "/more", score("wine", { input: {}, more: 1 })],
      [422, "invalid_input", "/data", score("wine", { data: [] })],
      [422, "invalid_input", "/data/0", score("wine", { data: [[1, 2]] })],
      [
        422,
        "invalid_input",
        "/input/a~1b",
        score("image-classification", { input: { "a/b": "?" } }),
      ],
      [422, "invalid_input", "/input", score("faq-javascript", { input: "" })],
      [422, "invalid_input", "/input/text", score("faq-javascript", { input: { text: "" } })],
      [422, "invalid_input", "/data/1", score("faq-javascript", { data: ["x", 1] })],
      [404, "not_found", undefined, ask(`${system.url}/api/v1/service/wine/scores`)],
      [404, "not_found", undefined, post("/score/wine", {})],
      [405, "method_not_allowed", undefined, ask(`${system.url}/score`)],
      [405, "method_not_allowed", undefined, post("/api/v1/service/wine", {})],
    ];
    for (const [status, code, pointer, response] of refused) {
      const error = await refusal(await response);
      assert.deepEqual([error.status, error.code], [status, code], error.message);
      assert.equal(error.errors?.[0]?.pointer, pointer, error.message);
    }
    const twins = new FormData();
    for (const name of ["a.jpg", "b.jpg"]) twins.append("image", new Blob(["x"]), name);
    assert.match((await refusal(await score("image-classification", twins))).message, /"image"/);
    const stranger = await fetch(`${system.url}/api/v1/service/wine/score`, { method: "POST" });
    assert.match(stranger.headers.get("www-authenticate") ?? "", /^Bearer/);
    assert.equal((await refusal(stranger)).code, "unauthenticated");
  });

  it("points at what was sent, also where only the worker finds the fault", async () => {
    const broken = photo.subarray(0, 3000);
    const text = broken.toString("base64");
    const form = new FormData();
    form.append("good", new Blob([new Uint8Array(photo)]), "a.jpg");
    form.append("bad/one", new Blob([new Uint8Array(broken)]), "b.jpg");
    const sent: [pointer: string, ...given: [unknown, string?]][] = [
      ["/input", { input: text }],
      ["/input/cup", { input: { lynx: base64, cup: text } }],
      ["/data/1", { data: [base64, { image: text }] }],
      ["/bad~1one", form],
      ["", new Uint8Array(broken), "image/jpeg"],
    ];
    for (const [pointer, ...given] of sent) {
      const error = await refusal(await score("image-classification", ...given));
      assert.deepEqual([error.status, error.errors?.[0]?.pointer], [422, pointer]);
      assert.equal(error.job, error.job_id);
    }
  });

  it("answers 502 when the model failed, with the job", async () => {
    const error = await refusal(await score("moody", { input: { what: "fail" } }));
    assert.deepEqual([error.status, error.code], [502, "model_error"]);
    assert.equal(error.job, error.job_id);
    const { body } = await request(`${system.url}/v1/jobs/${error.job}`);
    assert.equal(body.status, "failed");
  });

  it("is not there where DIALECTS does not name it", async () => {
    const { url } = await system.gateway({ env: { DIALECTS: "none" } });
    const response = await ask(`${url}/api/v1/service/wine/score`, { method: "POST" });
    assert.equal(response.status, 404);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    const document = await (await ask(`${url}/openapi.json`)).text();
    assert.ok(!document.includes("/api/v1/service"));
    assert.ok(document.includes("/v1/models/{model}/jobs"));
  });
});

const goldenSchema = z.object({
  cases: z.array(z.object({ input: z.record(z.string(), z.number()), output: classified })),
});

/** The first golden of the wine model. */
function wine() {
  const golden: unknown = JSON.parse(repositoryFile("models/wine/1/golden.json").toString());
  const [first] = goldenSchema.parse(golden).cases;
  assert.ok(first);
  return first;
}
