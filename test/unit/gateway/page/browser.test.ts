import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrivalIn } from "../../../../gateway/page/browser/app/arrival.ts";
import { eventsOf } from "../../../../gateway/page/browser/app/events.ts";
import {
  ago,
  bytes,
  count,
  duration,
  figure,
  percent,
} from "../../../../gateway/page/browser/app/figures.ts";
import {
  listLink,
  modelLink,
  routeOf,
  titleOf,
} from "../../../../gateway/page/browser/app/route.ts";
import { prepared } from "../../../../gateway/page/browser/forms/draft.ts";
import { fieldsOf, textOf, valueOf } from "../../../../gateway/page/browser/forms/schema.ts";
import { jsonText } from "../../../../gateway/page/browser/forms/json-text.ts";
import { next, NOTHING } from "../../../../gateway/page/browser/pages/scoring.ts";
import { companyOf, phasesOf } from "../../../../gateway/page/browser/pieces/phases-of.ts";
import { refusalOf } from "../../../../gateway/page/browser/pieces/refusal.ts";

async function* cut(text: string, size: number): AsyncGenerator<string> {
  for (let i = 0; i < text.length; i += size) yield await Promise.resolve(text.slice(i, i + size));
}

describe("who comes to the page", () => {
  it("by a link of ours has a code, and from the issuer its answer", () => {
    assert.deepEqual(arrivalIn("#/sign-in/01m_00"), { from: "link", code: "01m_00" });
    const sent = "#code=a%2Fb&state=s&iss=https%3A%2F%2Flogin.example.com&more=1";
    const answer = { state: "s", code: "a/b", iss: "https://login.example.com" };
    assert.deepEqual(arrivalIn(sent), {
      from: "issuer",
      answer: { ...answer, error: undefined, description: undefined },
    });
    const refused = arrivalIn("#error=access_denied&error_description=No&state=s");
    assert.ok(refused?.from === "issuer" && refused.answer.description === "No");
  });

  it("by any other address is at a page of it", () => {
    for (const fragment of ["", "#/models/wine", "#/sign-in/", "#/sign-in/a/b", "#code=a", "#x"]) {
      assert.equal(arrivalIn(fragment), undefined, fragment);
    }
  });
});

describe("server-sent events in the page", () => {
  it("are the same wherever their bytes are cut", async () => {
    const text =
      'retry: 2000\n\n: still there\n\nid: 1\nevent: status\ndata: {"a":1}\n\nevent: completed\ndata: x\ndata: y\n\n';
    for (const size of [1, 2, 7, text.length]) {
      const events = [];
      for await (const event of eventsOf(cut(text, size))) events.push(event);
      assert.deepEqual(events, [
        { event: "status", data: '{"a":1}' },
        { event: "completed", data: "x\ny" },
      ]);
    }
  });
});

describe("addresses of the page", () => {
  it("name a model and a tab, a job, or the queue", () => {
    assert.deepEqual(routeOf(""), { page: "models", model: undefined, tab: "try" });
    assert.deepEqual(routeOf("#/models/wine%402/card"), {
      page: "models",
      model: "wine@2",
      tab: "card",
    });
    assert.deepEqual(routeOf("#/jobs/job_1"), { page: "jobs", id: "job_1", query: {} });
    assert.deepEqual(routeOf(listLink("batches", { status: "failed", model: "", cursor: "a b" })), {
      page: "batches",
      id: undefined,
      query: { status: "failed", cursor: "a b" },
    });
    assert.deepEqual(routeOf("#/queue"), { page: "queue", lane: undefined });
    assert.deepEqual(routeOf("#/keys"), { page: "keys" });
    assert.deepEqual(routeOf("#/endpoints"), { page: "endpoints", name: undefined });
    assert.deepEqual(routeOf("#/endpoints/faq"), { page: "endpoints", name: "faq" });
    assert.deepEqual(routeOf("#/deliveries/evt_1"), { page: "deliveries", id: "evt_1", query: {} });
  });

  it("that are none say so, and break nothing", () => {
    for (const fragment of ["#/nothing", "#/models/wine/nothing", "#/%E0%A4%A"]) {
      assert.equal(routeOf(fragment).page, "nowhere");
    }
  });

  it("are read back from the links that the page makes", () => {
    assert.deepEqual(routeOf(modelLink("wine", "versions")), {
      page: "models",
      model: "wine",
      tab: "versions",
    });
    assert.equal(titleOf(routeOf(modelLink("wine"))), "wine · Scoreline");
  });
});

describe("figures in the page", () => {
  it("are short, with units", () => {
    assert.equal(count(412_300), "412,300");
    assert.equal(percent(0.8141), "81.4 %");
    assert.equal(percent(0.0001), "< 0.1 %");
    assert.equal(percent(0), "0.0 %");
    assert.equal(figure(0.123_456), "0.1235");
    assert.equal(figure(1e-7), "1.00e-7");
    assert.equal(bytes(71_303), "71 kB");
    assert.deepEqual([0.26, 12, 1500, 42_000, 600_000, 7_200_000, 1e9].map(duration), [
      "0.3 ms",
      "12 ms",
      "1.5 s",
      "42 s",
      "10 min",
      "2 h",
      "12 days",
    ]);
    assert.equal(ago("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:30Z")), "30 s ago");
  });

  it("of a job's phases are together its whole time", () => {
    const metrics = {
      queue_ms: 2,
      batch_wait_ms: 1,
      batch_size: 8,
      decode_ms: 8,
      inference_ms: 12,
      total_ms: 26,
      provider: "cpu",
      cold_start: false,
    };
    const phases = phasesOf(metrics);
    assert.deepEqual(
      phases.map(({ ms }) => ms),
      [3, 8, 12, 3],
    );
    assert.equal(companyOf(metrics), "with 7 other rows in its batch");
    assert.equal(companyOf({ batch_size: 1 }), "alone in its batch");
  });
});

describe("forms of the page", () => {
  const schema = {
    type: "object",
    properties: {
      alcohol: { type: "number" },
      colour: { enum: ["red", "white"], type: "string" },
      top_k: { type: "integer", default: 3, minimum: 1, maximum: 20 },
    },
    required: ["alcohol"],
  };

  it("have a field for each single value of a schema", () => {
    const fields = fieldsOf(schema);
    assert.deepEqual(
      fields?.map(({ name, kind, isRequired }) => [name, kind, isRequired]),
      [
        ["alcohol", "number", true],
        ["colour", "choice", false],
        ["top_k", "integer", false],
      ],
    );
  });

  it("leave to JSON what is no single value", () => {
    const nested = { ...schema, properties: { rows: { type: "array" } } };
    assert.equal(fieldsOf(nested), undefined);
    assert.equal(fieldsOf({ type: "array" }), undefined);
  });

  it("take what is typed for what it is, and what is left empty for nothing", () => {
    assert.equal(valueOf("number", " 1.5 "), 1.5);
    assert.equal(valueOf("number", ""), undefined);
    assert.equal(valueOf("integer", "many"), "many");
    assert.equal(valueOf("boolean", "false"), false);
    assert.equal(valueOf("text", "1"), "1");
    assert.equal(textOf(null), "");
  });

  it("send a file as it is, and show a long input as a file", () => {
    const blob = new Blob(["x"], { type: "image/png" });
    const file = prepared({ kind: "file", blob, name: "a.png" }, { top_k: 3 });
    assert.deepEqual(file.query, { top_k: "3" });
    assert.deepEqual(file.shown, { kind: "file", path: "a.png", mediaType: "image/png" });
    const long = prepared(
      { kind: "input", input: { values: Array.from({ length: 2000 }, () => 1) } },
      {},
    );
    assert.equal(long.shown.kind, "file");
    const short = prepared({ kind: "input", input: { text: "a" } }, { top_k: 3 });
    assert.deepEqual(short.shown, {
      kind: "json",
      json: { input: { text: "a" }, parameters: { top_k: 3 } },
    });
  });

  it("refuse files of another kind or size in place, and say what is taken", () => {
    const limits = { types: ["image/jpeg", "image/png"], bytesMax: 1e6 };
    assert.match(refusalOf({ type: "application/pdf", size: 1 }, limits) ?? "", /JPEG, PNG/);
    assert.match(refusalOf({ type: "image/png", size: 2e6 }, limits) ?? "", /2\.0 MB; 1 MB/);
    assert.equal(refusalOf({ type: "image/png", size: 0 }, limits), "The file is empty.");
    assert.equal(refusalOf({ type: "image/png", size: 1 }, limits), undefined);
  });

  it("show JSON with short lists on a line", () => {
    assert.equal(jsonText({ a: [1, 2], b: "x" }), '{"a":[1,2],"b":"x"}');
    const long = { shape: [1, 2], data: Array.from({ length: 40 }, (_, i) => i) };
    assert.match(jsonText(long), /^\{\n {2}"shape": \[1,2\],\n {2}"data": \[\n {4}0,\n/);
    assert.deepEqual(JSON.parse(jsonText(long)), long);
  });
});

describe("a try in the page", () => {
  it("keeps the last answer until there is another, also through a failure", () => {
    const draft = { kind: "input", input: 1 } as const;
    const sent = next(NOTHING, { is: "sent", draft, chosen: "a" });
    assert.deepEqual(sent.pending, { job: undefined });
    const failed = next(sent, { is: "failed", error: new Error("no") });
    assert.equal(failed.pending, undefined);
    const again = next(failed, { is: "sent", draft, chosen: undefined });
    assert.equal(again.error, undefined);
    assert.equal(again.chosen, undefined);
  });
});
