import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { BatchClient, batchOf, refusalOf, type Line } from "../support/batch-client.ts";
import { firstMatch, firstPrediction, PHOTO, repositoryFile } from "../support/client.ts";
import { batchModels } from "../support/models.ts";
import { System } from "../support/system.ts";

const WAIT = { prefer: "wait=60" };
const goldenSchema = z.object({
  cases: z.array(z.object({ input: z.unknown(), output: z.looseObject({ label: z.string() }) })),
});
const listSchema = z.object({
  data: z.array(z.looseObject({ id: z.string(), status: z.string() })),
  next_cursor: z.string().nullable(),
});

describe("a batch", () => {
  const models = batchModels(["wine/1", "faq-javascript/1", "image-classification/2"]);
  let system: System & { url: string };
  let batches: BatchClient;
  before(async () => {
    system = await System.start({ MODELS_DIR: models, WORKER_SLOTS: "1" });
    batches = new BatchClient(system.url);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  const moods = (count: number, what = "fine"): object[] =>
    Array.from({ length: count }, () => ({ input: { what } }));
  const moody = async (items: readonly object[], more: object = {}): Promise<Response> =>
    batches.json({ model: "moody", items, ...more }, WAIT);
  const statuses = (lines: readonly Line[]): string[] => lines.map(({ status }) => status);
  const indexes = (lines: readonly Line[]): number[] => lines.map(({ index }) => index);

  describe("that is waited for", () => {
    it("comes with its results, each by the custom id that it was sent with", async () => {
      const text = repositoryFile("models/wine/1/golden.json").toString();
      const cases = goldenSchema.parse(JSON.parse(text)).cases.slice(0, 20);
      const items = cases.map(({ input }, i) => ({ custom_id: `wine ${i} "é\\`, input }));
      const batch = await batchOf(await batches.json({ model: "wine", items }, WAIT), 200);
      assert.deepEqual([batch.status, batch.outcome], ["completed", "all_succeeded"]);
      assert.equal(batch.counts.succeeded, cases.length);
      for (const [i, line] of (batch.results ?? []).entries()) {
        assert.deepEqual([line.index, line.custom_id], [i, `wine ${i} "é\\`]);
        const { label } = z.looseObject({ label: z.string() }).parse(line.output);
        assert.equal(label, cases[i]?.output.label);
      }
      assert.deepEqual(batch.results, (await batches.results(batch.id)).lines);
    });

    it("tells with each result what was expected, where its item said so", async () => {
      const labelled = { input: { what: "fine" }, expected: { sum: [3, "\u20ac"] } };
      const failing = { input: { what: "fail" }, expected: null };
      const batch = await batchOf(await moody([labelled, ...moods(1), failing]), 200);
      const told = batch.results?.map((line) => ["expected" in line, line.expected]);
      assert.deepEqual(told, [
        [true, { sum: [3, "\u20ac"] }],
        [false, undefined],
        [true, null],
      ]);
      const large = { ...labelled, expected: "x".repeat(4095) };
      const refusal = await refusalOf(await moody([large]), "invalid_input");
      assert.deepEqual(
        refusal.errors?.map(({ pointer }) => pointer),
        ["/items/0/expected"],
      );
    });

    it("may be lines of JSON, with options of the batch and of an item", async () => {
      const response = await batches.lines(
        [
          { batch: { model: "faq-javascript@1", parameters: { top_k: 1 }, metadata: { a: 1 } } },
          { input: { text: "how do i clone an array" } },
          "",
          { input: { text: "how do i sleep" }, parameters: { top_k: 2 } },
        ],
        WAIT,
      );
      const batch = await batchOf(response, 200);
      const [one, two] = (batch.results ?? []).map(({ output }) =>
        z.object({ matches: z.array(z.unknown()) }).parse(output),
      );
      assert.equal(firstMatch({ output: one }).id, "clone-array");
      assert.deepEqual([one?.matches.length, two?.matches.length], [1, 2]);
      assert.deepEqual(batch["metadata"], { a: 1 });
    });

    it("scores images as jobs do", async () => {
      const image = repositoryFile(PHOTO).toString("base64");
      const items = [{ input: { image } }, { input: { image: "AAAA" } }, { input: { image } }];
      const response = await batches.json({ model: "image-classification", items }, WAIT);
      const batch = await batchOf(response, 200);
      assert.equal(batch.outcome, "partial");
      const [first, bad, last] = batch.results ?? [];
      assert.equal(firstPrediction(first?.output).label, "espresso");
      assert.equal(firstPrediction(last?.output).label, "espresso");
      assert.equal(bad?.error?.code, "invalid_input");
    });

    it("of more than 64 items comes without them", async () => {
      const batch = await batchOf(await moody(moods(65)), 200);
      assert.equal(batch.results, undefined);
      assert.equal((await batches.results(batch.id)).lines.length, 65);
    });

    it("is accepted at once when nobody waits, and never hides that all items failed", async () => {
      const items = moods(3, "fail");
      const response = await batches.json({ model: "moody", items });
      assert.match(response.headers.get("location") ?? "", /^\/v1\/batches\/bat_/);
      const { id } = await batchOf(response, 202);
      const { status, outcome, counts } = await batches.ended(id);
      assert.deepEqual([status, outcome, counts.failed], ["completed", "none_succeeded", 3]);
    });
  });

  describe("with a fault in it", () => {
    it("is refused whole, naming the line, and its key is free again", async () => {
      const key = { "idempotency-key": "bad-line" };
      const head = { batch: { model: "moody" } };
      const bad = [head, ...moods(20), { input: { what: 5 } }, ...moods(3)];
      const problem = await refusalOf(await batches.lines(bad, key), "invalid_input");
      assert.equal(problem.line, 22);
      assert.match(problem.detail, /^Line 22: /);
      assert.equal(problem.errors?.[0]?.pointer, "/input/what");
      const list = await batches.send("GET", "?status=validating");
      assert.deepEqual(listSchema.parse(await list.json()).data, []);
      const good = await batchOf(await batches.lines([head, ...moods(20)], { ...key, ...WAIT }));
      assert.equal(good.counts.succeeded, 20);
    });

    it("is refused by the place of it", async () => {
      const twins = [
        { custom_id: "a", input: { what: "" } },
        { custom_id: "a", input: { what: "" } },
      ];
      const head = { batch: { model: "moody" } };
      const cases: [Promise<Response>, string, number | undefined, string?][] = [
        [moody(twins), "invalid_input", undefined, "/items/1/custom_id"],
        [batches.lines([head, ...twins]), "invalid_input", 3, "/custom_id"],
        [batches.lines([head, "{"]), "invalid_json", 2],
        [batches.lines([head, { inptu: 1 }]), "invalid_input", 2, "/input"],
        [batches.lines([head, { input: { what: "" }, more: 1 }]), "unknown_field", 2, "/more"],
        [batches.lines([head, '"text"']), "invalid_input", 2],
        [batches.lines([head, { custom_id: "", input: {} }]), "invalid_input", 2, "/custom_id"],
        [batches.lines([{ custom_id: "x", input: {} }]), "invalid_input", 1, "/batch"],
        [batches.lines([{ batch: { model: "moody", modle: 1 } }]), "unknown_field", 1],
        [batches.lines([head]), "invalid_input", undefined],
        [batches.lines([]), "invalid_input", undefined],
        [batches.json({ model: "moody", items: [] }), "invalid_input", undefined, "/items"],
        [batches.json({ items: moods(1) }), "invalid_input", undefined, "/model"],
        [batches.json({ model: "nope", items: moods(1) }), "not_found", undefined],
        [batches.json({ model: "moody", parameters: { a: 1 } }), "unknown_field", undefined],
        [moody(moods(1), { priority: "high" }), "invalid_input", undefined, "/priority"],
        [moody(moods(1), { max_failed: -1 }), "invalid_input", undefined, "/max_failed"],
        [
          batches.send("POST", "", { body: "a,b", headers: { "content-type": "text/css" } }),
          "unsupported_media_type",
          undefined,
        ],
      ];
      for (const [response, code, line, pointer] of cases) {
        const problem = await refusalOf(await response, code);
        assert.equal(problem.line, line, problem.detail);
        if (pointer !== undefined) assert.equal(problem.errors?.[0]?.pointer, pointer);
      }
    });

    it("takes it as an item that fails when asked to be lenient", async () => {
      const lines = [
        { batch: { model: "moody" } },
        { custom_id: "a", input: { what: "fine" } },
        "{",
        { custom_id: "b", input: { what: 5 } },
        { custom_id: "a", input: { what: "fine" } },
        { custom_id: "b", input: { what: "fine" } },
      ];
      const prefer = { prefer: "handling=lenient, wait=60" };
      const batch = await batchOf(await batches.lines(lines, prefer), 200);
      const told = (batch.results ?? []).map((line) => [
        line.custom_id,
        line.error?.code ?? "fine",
      ]);
      assert.deepEqual(told, [
        ["a", "fine"],
        [null, "invalid_json"],
        ["b", "invalid_input"],
        ["a", "invalid_input"],
        ["b", "fine"],
      ]);
      assert.equal(batch.outcome, "partial");
    });
  });

  describe("with results", () => {
    it("gives them by index and by completion, by status, and in pages of any size", async () => {
      const items = moods(50).map((item, i) => (i % 7 === 3 ? { input: { what: "fail" } } : item));
      const { id } = await batchOf(await moody(items), 200);
      const whole = await batches.results(id);
      assert.equal(whole.next, null);
      const all = Array.from({ length: 50 }, (_, i) => i);
      assert.deepEqual(indexes(whole.lines), all);
      const completed = await batches.results(id, "?order=completion");
      assert.deepEqual(
        indexes(completed.lines).toSorted((a, b) => a - b),
        all,
      );
      const failed = all.filter((i) => i % 7 === 3);
      for (const order of ["index", "completion"]) {
        for (const limit of [1, 7, 8, 50, 51]) {
          const lines = await batches.pages(id, `order=${order}&limit=${limit}`);
          assert.deepEqual(lines, order === "index" ? whole.lines : completed.lines);
          const bad = await batches.pages(id, `order=${order}&limit=${limit}&status=failed`);
          assert.deepEqual(
            indexes(bad).toSorted((a, b) => a - b),
            failed,
          );
        }
      }
      assert.equal((await batches.results(id, "?limit=50")).next, null, "nothing is left");
      assert.deepEqual((await batches.results(id, "?status=expired")).lines, []);
      for (const query of ["?after=x", "?after=c0.0", "?limit=0", "?order=x", "?status=queued"]) {
        await refusalOf(await batches.send("GET", `/${id}/results${query}`), "invalid_input");
      }
      await refusalOf(await batches.send("GET", `/${id}/results?from=1`), "unknown_field");
    });

    it("gives them while it runs, and goes on by cursor until all are there", async () => {
      const items = [...moods(16), ...moods(20)].map(() => ({ input: { text: "a" } }));
      items.push({ input: { text: "slow" } });
      const { id } = await batchOf(await batches.json({ model: "slow-text", items }), 202);
      for (const order of ["completion", "index"]) {
        const seen: Line[] = [];
        let next: string | null = "";
        while (next !== null) {
          const cursor: string = next === "" ? "" : `&after=${next}`;
          const results = await batches.results(id, `?order=${order}${cursor}`);
          seen.push(...results.lines);
          ({ next } = results);
          await batches.get(id, "?wait=0.1");
        }
        assert.deepEqual(new Set(indexes(seen)).size, 37);
        assert.equal(seen.length, 37);
        assert.deepEqual(new Set(statuses(seen)), new Set(["succeeded"]));
      }
    });
  });

  it("is made once, however often its request comes", async () => {
    const body = { model: "moody", items: moods(10) };
    const key = { "idempotency-key": "twenty" };
    const responses = await Promise.all(
      Array.from({ length: 20 }, async () => batches.json(body, key)),
    );
    const fresh = responses.filter((one) => one.headers.get("idempotent-replayed") === null);
    const ids = await Promise.all(responses.map(async (one) => (await batchOf(one)).id));
    assert.equal(new Set(ids).size, 1);
    assert.equal(fresh.length, 1);
    const again = await batchOf(await batches.json(body, { ...key, ...WAIT }), 200);
    assert.equal(again.counts.succeeded, 10);
    const other = await batches.json({ ...body, items: moods(11) }, key);
    await refusalOf(other, "idempotency_key_reused");
  });

  it("is listed with others, newest first, by status and model, in pages", async () => {
    const { id: open } = await batchOf(await batches.json({ model: "moody" }), 202);
    const list = async (query: string): Promise<z.infer<typeof listSchema>> =>
      listSchema.parse(await (await batches.send("GET", query)).json());
    assert.deepEqual(
      (await list("?status=validating")).data.map(({ id }) => id),
      [open],
    );
    assert.ok((await list("?model=wine&limit=100")).data.length > 0);
    const all = (await list("?limit=100")).data.map(({ id }) => id);
    assert.equal(all[0], open);
    const paged: string[] = [];
    let cursor = "";
    do {
      const { data, next_cursor: next } = await list(`?limit=3${cursor}`);
      paged.push(...data.map(({ id }) => id));
      cursor = next === null ? "" : `&cursor=${next}`;
    } while (cursor !== "");
    assert.deepEqual(paged, all);
    await batchOf(await batches.send("POST", `/${open}/cancel`), 202);
  });
});
