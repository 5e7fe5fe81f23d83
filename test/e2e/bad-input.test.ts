import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import sharp from "sharp";
import {
  PHOTO,
  postBytes,
  postJson,
  repositoryFile,
  request,
  type Reply,
} from "../support/client.ts";
import { hugePng } from "../support/huge-png.ts";
import { System } from "../support/system.ts";
import { membersOf, withMember, WRONG_BODIES } from "../support/wrong-members.ts";

const photo = repositoryFile(PHOTO);

describe("bad input", () => {
  let system: System & { url: string };
  let images = "";
  let questions = "";
  before(async () => {
    system = await System.start({ BODY_BYTES_MAX: "2000000" });
    images = `${system.url}/v1/models/image-classification/jobs`;
    questions = `${system.url}/v1/models/faq-javascript/jobs`;
  });
  after(async () => system[Symbol.asyncDispose]());

  async function refused(
    reply: Promise<Reply>,
    status: number,
    code: string,
    detail: RegExp,
  ): Promise<Reply> {
    const answer = await reply;
    assert.deepEqual([answer.status, answer.body.code], [status, code], answer.body.detail);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.match(answer.body.detail ?? "", detail);
    return answer;
  }

  it("to an unknown model is 404, with the names there are", async () => {
    const url = `${system.url}/v1/models/nope/jobs`;
    const said = /neither a model nor an endpoint "nope".*faq-javascript, image-classification/;
    await refused(postJson(url, {}), 404, "not_found", said);
  });

  it("of a wrong type is 415, by its name", async () => {
    const heic = Buffer.concat([
      Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
      Buffer.alloc(64),
    ]);
    await refused(postBytes(images, heic, "image/heic"), 415, "unsupported_media_type", /HEIC/);
    await refused(postBytes(images, heic, "image/jpeg"), 415, "unsupported_media_type", /HEIC/);
    await refused(
      postBytes(questions, photo, "image/jpeg"),
      415,
      "unsupported_media_type",
      /text\/plain/,
    );
  });

  it("that is no image is refused with the reason, whatever it claims to be", async () => {
    const half = photo.subarray(0, photo.length / 2);
    const cut = await refused(
      postBytes(images, half, "image/jpeg"),
      422,
      "invalid_input",
      /premature end/,
    );
    assert.deepEqual(cut.body.errors?.[0]?.pointer, "/input");
    assert.equal(cut.headers.get("location"), `/v1/jobs/${cut.body.job_id}`);
    const noise = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251));
    await refused(postBytes(images, noise, "image/png"), 422, "invalid_input", /not an image/);
    await refused(postBytes(images, Buffer.alloc(0), "image/png"), 422, "invalid_input", /empty/);
  });

  it("that must not reach a decoder does not", async () => {
    await refused(
      postBytes(images, hugePng(30_000), "image/png"),
      422,
      "invalid_input",
      /30000 x 30000/,
    );
    const frames = { raw: { width: 40, height: 80, channels: 3, pageHeight: 40 } } as const;
    const noise = Buffer.from(Array.from({ length: 40 * 80 * 3 }, (_, i) => (i * i) % 256));
    const animated = await sharp(noise, frames)
      .webp({ loop: 0, delay: [100, 100] })
      .toBuffer();
    await refused(postBytes(images, animated, "image/webp"), 422, "invalid_input", /animated/);
    const foreign = {
      SVG: Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
      PDF: Buffer.from("%PDF-1.7\n1 0 obj"),
      GIF: await sharp(photo).resize(50).gif().toBuffer(),
      TIF: await sharp(photo).resize(50).tiff().toBuffer(),
    };
    for (const [name, file] of Object.entries(foreign)) {
      const reply = postBytes(images, file, "image/png");
      await refused(reply, 415, "unsupported_media_type", new RegExp(name));
    }
  });

  it("over the byte limit is 413 while it is being read, not after", async () => {
    const large = Buffer.alloc(3_000_000);
    await refused(postBytes(images, large, "image/png"), 413, "payload_too_large", /2000000/);
    // Announced as endless: the answer must come although the body never ends.
    const { hostname, port } = new URL(images);
    const socket = connect(Number(port), hostname).setEncoding("utf8");
    socket.write(
      `POST /v1/models/image-classification/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${system.key}\r\n` +
        "Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const chunk = `${(500_000).toString(16)}\r\n${"x".repeat(500_000)}\r\n`;
    for (let i = 0; i < 5; i++) socket.write(chunk);
    const [head]: unknown[] = await once(socket, "data");
    assert.match(String(head), /^HTTP\/1.1 413/);
    socket.destroy();
  });

  it("in JSON is refused with a pointer to it", async () => {
    const deep = "[".repeat(100_000);
    await refused(postJson(questions, deep), 400, "invalid_json", /deeper/);
    await refused(postJson(questions, "{"), 400, "invalid_json", /not valid JSON/);
    const text = "x";
    const pointers: [unknown, string, string][] = [
      [{ input: { text }, inputs: [{ text }] }, "invalid_input", ""],
      [{}, "invalid_input", ""],
      [[], "invalid_input", ""],
      [{ input: { text }, inptu: 1 }, "unknown_field", "/inptu"],
      [{ input: { text, more: 1 } }, "unknown_field", "/input/more"],
      [{ input: { text: 5 } }, "invalid_input", "/input/text"],
      [{ input: { text: "" } }, "invalid_input", "/input/text"],
      [{ input: { text: "x".repeat(2001) } }, "invalid_input", "/input/text"],
      [{ inputs: [{ text }, { text: null }] }, "invalid_input", "/inputs/1/text"],
      [{ inputs: [] }, "invalid_input", "/inputs"],
      [{ inputs: Array.from({ length: 33 }, () => ({ text })) }, "invalid_input", "/inputs"],
      [{ input: { text }, parameters: { top_k: 0 } }, "invalid_input", "/parameters/top_k"],
      [{ input: { text }, parameters: { topk: 1 } }, "unknown_field", "/parameters/topk"],
      [{ input: { text }, priority: "urgent" }, "invalid_input", "/priority"],
    ];
    for (const [body, code, pointer] of pointers) {
      const { body: problem } = await refused(postJson(questions, body), 422, code, /./);
      assert.equal(problem.errors?.[0]?.pointer, pointer, JSON.stringify(body).slice(0, 80));
    }
    const proto = '{"input":{"text":"x"},"metadata":{"__proto__":{"a":1}}}';
    await refused(postJson(questions, proto), 422, "unknown_field", /__proto__/);
    await refused(postJson(images, { input: { image: "%%%" } }), 422, "invalid_input", /base64/);
  });

  for (const { method, path, schema, right, wrong } of WRONG_BODIES) {
    it(`in a body of ${method} ${path} is told in plain words, for each member`, async () => {
      const untried = membersOf(schema).filter(
        (name) => !wrong.some(([pointer]) => pointer === name),
      );
      const isSameAsLabel = path.endsWith("/label") ? ["/expected"] : [];
      assert.deepEqual(untried, isSameAsLabel);
      const job = await postJson(questions, { input: { text: "x" } });
      const url = `${system.url}${path.replace("JOB_ID", job.body.id ?? "")}`;
      for (const [pointer, value, detail] of wrong) {
        const body = JSON.stringify(withMember(right, pointer, value));
        const headers = { "content-type": "application/json" };
        const { body: problem } = await request(url, { method, headers, body });
        const faults = problem.errors?.map((one) => [one.pointer, one.detail]) ?? [];
        const said = `${pointer} ${body.slice(0, 80)} ${JSON.stringify(faults)}`;
        assert.equal(problem.code, "invalid_input", said);
        assert.ok(
          faults.some(([at, what]) => at === pointer && what === detail),
          said,
        );
        assert.doesNotMatch(problem.detail ?? "", /Invalid|Too |expected |received|>=|<=/, said);
      }
    });
  }

  it("of a truth that no output can have is refused where it is told", async () => {
    const text = "x";
    const { body: both } = await postJson(questions, { inputs: [{ text: "x" }, { text: "y" }] });
    const label = async (said: unknown) =>
      postJson(`${system.url}/v1/jobs/${both.id}/label`, { label: said });
    await refused(label("clone-array"), 422, "invalid_input", /must be a list of 2, one for each/);
    const second = await refused(label([null, "nope"]), 422, "invalid_input", /no class/);
    assert.equal(second.body.errors?.[0]?.pointer, "/label/1");
    const items = [
      { input: { text }, expected: "clone-array" },
      { input: { text }, expected: 7 },
    ];
    const batch = { model: "faq-javascript", items };
    const item = await refused(
      postJson(`${system.url}/v1/batches`, batch),
      422,
      "invalid_input",
      /must be the id of one of 175/,
    );
    assert.equal(item.body.errors?.[0]?.pointer, "/items/1/expected");
  });

  it("in one row fails its job as a whole and names the row", async () => {
    const image = photo.toString("base64");
    const broken = photo.subarray(0, 3000).toString("base64");
    const { body } = await refused(
      postJson(images, { inputs: [{ image }, { image: broken }] }),
      422,
      "invalid_input",
      /./,
    );
    assert.equal(body.errors?.[0]?.pointer, "/inputs/1");
    const job = await request(`${system.url}/v1/jobs/${body.job_id}`);
    assert.deepEqual(
      [job.status, job.body.status, job.body.error?.code],
      [200, "failed", "invalid_input"],
    );
    const result = await request(`${system.url}/v1/jobs/${body.job_id}/result`);
    assert.equal(result.status, 422);
  });

  it("fails nobody else's job", async () => {
    const broken = photo.subarray(0, photo.length / 2);
    const replies = await Promise.all(
      Array.from({ length: 12 }, async (_, i) =>
        postBytes(images, i % 3 === 0 ? broken : photo, "image/jpeg"),
      ),
    );
    assert.deepEqual(
      replies.map(({ status }) => status),
      Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 422 : 200)),
    );
  });

  it("answers a failed wait with 200 and the job, when asked to", async () => {
    const broken = photo.subarray(0, 3000);
    const { status, body } = await postBytes(`${images}?on_failure=job`, broken, "image/jpeg");
    assert.deepEqual([status, body.status], [200, "failed"]);
  });

  it("in the query or a form is named by its parameter", async () => {
    const reply = postBytes(`${questions}?top_k=none`, Buffer.from("x"), "text/plain");
    const { body } = await refused(reply, 422, "invalid_input", /top_k/);
    assert.deepEqual(body.errors?.[0]?.["parameter"], "top_k");
    const beside = postJson(`${questions}?top_k=1`, { input: { text: "x" } });
    await refused(beside, 422, "unknown_field", /parameters/);
    const utf16 = postBytes(questions, Buffer.from("x"), "text/plain; charset=utf-16");
    await refused(utf16, 415, "unsupported_media_type", /utf-16/);
    assert.equal((await postBytes(images, photo, "image/jpg")).status, 200);
  });

  it("that is not HTTP gets a problem too, and HTTP/1.0 without a Host is served", async () => {
    const { hostname, port } = new URL(images);
    const say = async (text: string): Promise<string> => {
      const socket = connect(Number(port), hostname).setEncoding("utf8");
      let answer = "";
      socket.on("data", (chunk: string) => (answer += chunk));
      socket.write(text);
      await once(socket, "close");
      return answer;
    };
    assert.match(await say("hello\r\n\r\n"), /^HTTP\/1.1 400 .*"code":"bad_request"/s);
    assert.match(await say("GET /healthz HTTP/1.0\r\n\r\n"), /^HTTP\/1.1 200 .*"status":"ok"/s);
  });

  it("of the wrong method or path is 405 or 404", async () => {
    const method = await request(images, { method: "DELETE" });
    assert.deepEqual([method.status, method.headers.get("allow")], [405, "POST"]);
    assert.equal((await request(`${system.url}/v2/nothing`)).status, 404);
  });
});
