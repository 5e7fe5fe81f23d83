import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { batchOf, refusalOf, type Line } from "../support/batch-client.ts";
import { BatchUploads, JSON_TYPE, photoAndTableModels, TABLE } from "../support/batch-uploads.ts";
import { ask } from "../support/client.ts";
import { System } from "../support/system.ts";

const CSV = { "content-type": "text/csv" };

describe("items of a batch as CSV", () => {
  let system: System;
  let batches: BatchUploads;
  let modelsFolder: string;

  before(async () => {
    modelsFolder = await photoAndTableModels();
    system = await System.bare({ MODELS_DIR: modelsFolder });
    const [{ url }] = await Promise.all([system.gateway(), system.worker(), system.courier()]);
    batches = new BatchUploads(url);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    await rm(modelsFolder, { recursive: true });
  });

  const rows = [
    'member,custom_id,age,"plan",visits',
    'TRUE,r1,41,"pro",7',
    ",r2,1e2,free,",
    'false,"r,3",-0.5,"",""',
  ];

  it("are scored as the same records in JSON are", async () => {
    const csv = await batchOf(
      await batches.post(`?model=${TABLE}`, `${rows.join("\r\n")}\r\n`, CSV),
    );
    assert.equal(csv.outcome, "all_succeeded");
    const items = [
      { custom_id: "r1", input: { plan: "pro", age: 41, visits: 7, member: true } },
      { custom_id: "r2", input: { plan: "free", age: 100 } },
      { custom_id: "r,3", input: { plan: "", age: -0.5, visits: null, member: false } },
    ];
    const json = await batchOf(
      await batches.post("", JSON.stringify({ model: TABLE, items }), JSON_TYPE),
    );
    const outcome = ({ custom_id: id, output }: Line) => [id, output];
    assert.deepEqual(
      (await batches.all(csv.id)).map((line) => outcome(line)),
      (await batches.all(json.id)).map((line) => outcome(line)),
    );
  });

  it("are refused with line and column of what is at fault", async () => {
    const bad = `${rows.join("\n")}\nfalse,r4,old,pro,1.5\n`;
    const problem = await refusalOf(
      await batches.post(`?model=${TABLE}`, bad, CSV),
      "invalid_input",
    );
    assert.equal(problem.line, 5);
    assert.deepEqual(
      problem.errors?.map(({ column }) => column),
      ["age", "visits"],
    );
    assert.match(problem.detail, /^Line 5: column "age" is not a number/);
  });

  const headers: readonly (readonly [string, string, RegExp])[] = [
    [
      "plan,age,hat",
      "unknown_field",
      /^Line 1: column "hat" is not a known column; the columns are/,
    ],
    ["plan", "invalid_input", /^Line 1: column "age" is missing/],
    ["plan,age,plan", "invalid_input", /^Line 1: column "plan" appears twice/],
    ["", "invalid_input", /no header/],
  ];
  for (const [header, code, detail] of headers) {
    it(`are refused for the header "${header}"`, async () => {
      const reply = await batches.post(`?model=${TABLE}`, `${header}\n`, CSV);
      assert.match((await refusalOf(reply, code)).detail, detail);
    });
  }

  it("are let pass as failed ones where the request is lenient", async () => {
    const bad = `${rows.join("\n")}\nfalse,r4\n,r1,1,pro,\nfalse,r6,old,pro,1\n`;
    const lenient = { ...CSV, prefer: "wait=60, handling=lenient" };
    const batch = await batchOf(await batches.post(`?model=${TABLE}`, bad, lenient));
    assert.equal(batch.outcome, "partial");
    const failed = (await batches.all(batch.id)).slice(3);
    assert.deepEqual(
      failed.map(({ custom_id: id, error }) => [id, error?.detail]),
      [
        [null, "Line 5: The record has 2 fields for 5 columns."],
        ["r1", 'Line 6: column "custom_id" is already used by an earlier item'],
        ["r6", 'Line 7: column "age" is not a number'],
      ],
    );
  });

  it("name what is wrong in the query by parameter", async () => {
    const wrong = [
      ["?model=nothing", "not_found", /nothing/],
      ["", "invalid_input", /\?model=NAME/],
      [`?model=${TABLE}&max_failed=-1`, "invalid_input", /^\?max_failed= /],
      [`?model=${TABLE}&top_k=3`, "unknown_field", /^\?top_k= is not a known field/],
    ] as const;
    for (const [query, code, detail] of wrong) {
      const reply = await batches.post(query, rows.join("\n"), CSV);
      assert.match((await refusalOf(reply, code)).detail, detail);
    }
  });

  it("go to an open batch with the header repeated, past those that it has", async () => {
    const open = await batchOf(
      await batches.post("", JSON.stringify({ model: TABLE }), JSON_TYPE),
      202,
    );
    const [header = "", ...records] = rows;
    const first = [header, ...records.slice(0, 2)].join("\n");
    await batchOf(await batches.post(`/${open.id}/items?from=0`, first, CSV));
    const again = await batchOf(
      await batches.post(`/${open.id}/items?from=0`, rows.join("\n"), CSV),
    );
    assert.equal(again.received, 3);
    await batchOf(await batches.post(`/${open.id}/close`, ""));
    assert.deepEqual(
      (await batches.all(open.id)).map(({ custom_id: id }) => id),
      ["r1", "r2", "r,3"],
    );
  });

  it("come back as CSV, and each record says where to go on", async () => {
    const text = `${rows.join("\n")}\nfalse,r4,old,pro,1\n`;
    const lenient = { ...CSV, prefer: "wait=60, handling=lenient" };
    const { id } = await batchOf(await batches.post(`?model=${TABLE}`, text, lenient));
    const get = async (query: string) => {
      const accepting = { headers: { accept: "text/csv" } };
      const reply = await ask(`${batches.url}/${id}/results${query}`, accepting);
      assert.equal(reply.headers.get("content-type"), "text/csv; charset=utf-8; header=present");
      const csv = await reply.text();
      assert.ok(csv.endsWith("\r\n\r\n"), "an empty line is the end");
      return csv.slice(0, -4).split("\r\n");
    };
    const [header, ...all] = await get("");
    assert.equal(
      header,
      "index,custom_id,status,label,probabilities.no,probabilities.yes,score,error_code,error_detail,cursor",
    );
    assert.equal(all.length, 4);
    assert.match(all[2] ?? "", /^2,"r,3",succeeded,(no|yes),[\d.e-]+,[\d.e-]+,[\d.e-]+,,,i/);
    assert.match(
      all[3] ?? "",
      /^3,r4,failed,,,,,invalid_input,"Line 5: column ""age"" is not a number",i/,
    );
    const paged: string[] = [];
    for (let cursor = ""; paged.length < 4; cursor = `&after=${paged.at(-1)?.split(",").at(-1)}`) {
      const [, record = ""] = await get(`?limit=1${cursor}`);
      paged.push(record);
    }
    assert.deepEqual(paged, all);
    assert.deepEqual((await get("?status=failed")).slice(1), all.slice(3));
  });
});
