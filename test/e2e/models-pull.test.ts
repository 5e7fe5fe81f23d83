import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { download } from "../../cli/models/download.ts";
import { cli } from "../support/cli.ts";
import { freePort } from "../support/redis.ts";
import { until } from "../support/until.ts";

const CONTENT = randomBytes(1_000_000);
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");
const HALF = CONTENT.length / 2;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A model `far` whose file is on a server of ours, which answers as told, the last way for ever. */
async function setup(t: TestContext, ...answers: readonly Answer[]) {
  const models = mkdtempSync(join(tmpdir(), "scoreline-pull-"));
  const folder = join(models, "far", "1");
  cpSync("test/fixtures/models/slow-text/1", folder, { recursive: true });
  const target = join(folder, "model.onnx");
  rmSync(target);
  const requests: IncomingMessage[] = [];
  const port = await freePort();
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(request);
    answer?.(request, response);
  });
  await once(server.listen(port, "127.0.0.1"), "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(models, { recursive: true, force: true });
  });
  const source = `http://127.0.0.1:${port}/model.onnx`;
  const manifest = readFileSync(join(folder, "manifest.json"), "utf8")
    .replace('"slow-text"', '"far"')
    .replace(/"bytes": \d+/, `"bytes": ${CONTENT.length}, "source": "${source}"`)
    .replace(/[0-9a-f]{64}/, SHA256);
  writeFileSync(join(folder, "manifest.json"), manifest);
  const env = { MODELS_DIR: models };
  const pull = async () => cli(["models", "pull", "far"], env);
  return { pull, target, part: `${target}.part`, requests, source, env };
}

const whole: Answer = (_request, response) => {
  response.setHeader("content-length", CONTENT.length).end(CONTENT);
};

/** Half of it, then the connection breaks. */
const cut: Answer = (_request, response) => {
  response.setHeader("content-length", CONTENT.length);
  response.write(CONTENT.subarray(0, HALF), () => response.destroy());
};

const ranged: Answer = (request, response) => {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const last = CONTENT.length - 1;
  if (start > 0) response.writeHead(206, { "content-range": `bytes ${start}-${last}/${last + 1}` });
  response.end(CONTENT.subarray(start));
};

function assertPulled(target: string): void {
  assert.ok(readFileSync(target).equals(CONTENT));
  assert.ok(!existsSync(`${target}.part`));
}

describe("scoreline models pull", () => {
  it("puts the file in place, and does nothing the second time", async (t) => {
    const { pull, target, requests } = await setup(t, whole);
    const first = await pull();
    assert.deepEqual([first.code, first.out], [0, "far@1 is pulled: 1.0 MB, checked\n"]);
    assert.match(first.err, /^100 %/m);
    assertPulled(target);
    const second = await pull();
    assert.deepEqual([second.code, second.out], [0, "far@1 is there already: 1.0 MB, checked\n"]);
    assert.equal(requests.length, 1);
  });

  it("goes on from where the connection was cut", async (t) => {
    const { pull, target, part, requests } = await setup(t, cut, ranged);
    const { code, err } = await pull();
    assert.equal(code, 1);
    assert.match(err, /of 1000000 bytes are here\.\nThe same command goes on from there/);
    assert.ok(!existsSync(target));
    const { size } = statSync(part);
    assert.ok(size > 0 && size <= HALF);
    assert.equal((await pull()).code, 0);
    assert.equal(requests[1]?.headers.range, `bytes=${size}-`);
    assertPulled(target);
  });

  it("begins again when the server knows no ranges, or answers with another one", async (t) => {
    const wrongRange: Answer = (_request, response) => {
      response.writeHead(206, { "content-range": "bytes 1-9/10" }).end("123456789");
    };
    for (const answers of [
      [cut, whole],
      [cut, wrongRange, whole],
    ]) {
      const { pull, target } = await setup(t, ...answers);
      assert.equal((await pull()).code, 1);
      assert.equal((await pull()).code, 0);
      assertPulled(target);
    }
  });

  it("begins again when the part is longer than the file, or the server refuses it", async (t) => {
    const refusing: Answer = (_request, response) => void response.writeHead(416).end();
    const { pull, target, part } = await setup(t, refusing, whole);
    writeFileSync(part, CONTENT.subarray(0, HALF));
    assert.equal((await pull()).code, 0);
    assertPulled(target);
    rmSync(target);
    writeFileSync(part, randomBytes(CONTENT.length + 1));
    assert.equal((await pull()).code, 0);
    assertPulled(target);
  });

  it("refuses another length, said or not, and wrong bytes, and keeps none of them", async (t) => {
    const short: Answer = (_request, response) => void response.end(CONTENT.subarray(1));
    const long: Answer = (_request, response) => {
      response.write(CONTENT);
      response.end("more");
    };
    const wrong: Answer = (_request, response) => void response.end(randomBytes(CONTENT.length));
    for (const [answer, reason] of [
      [short, /offers 999999 bytes; the manifest says 1000000/],
      [long, /more than the manifest's 1000000 bytes/],
      [wrong, /but the manifest says [0-9a-f]{64}: it was removed/],
    ] as const) {
      const { pull, target, part } = await setup(t, answer);
      const { code, err } = await pull();
      assert.equal(code, 1);
      assert.match(err, reason);
      assert.ok(!existsSync(target) && !existsSync(part));
    }
  });

  it("follows five redirects and no more, and none to where others listen in", async (t) => {
    const onward: Answer = ({ url = "" }, response) => {
      const hops = url === "/model.onnx" ? 0 : Number(url.slice(1));
      response.writeHead(302, { location: `/${hops + 1}` }).end();
    };
    const five = await setup(t, onward, onward, onward, onward, onward, whole);
    assert.equal((await five.pull()).code, 0);
    assertPulled(five.target);
    const endless = await setup(t, onward);
    assert.match((await endless.pull()).err, /redirects more than 5 times/);
    const open = await setup(t, (_request, response) => {
      response.writeHead(302, { location: "http://example.com/model.onnx" }).end();
    });
    assert.match((await open.pull()).err, /which is not https/);
  });

  it("says what the server answered, and when there is none", async (t) => {
    const { pull, target } = await setup(t, (_request, response) => {
      response.writeHead(404).end();
    });
    const { code, err } = await pull();
    assert.equal(code, 1);
    assert.match(err, /answered 404 Not Found/);
    assert.ok(!existsSync(target));
  });

  it("gives up on a server that falls silent", async (t) => {
    const silent: Answer = (_request, response) => {
      response.setHeader("content-length", CONTENT.length);
      response.write(CONTENT.subarray(0, HALF));
    };
    const { target, source } = await setup(t, silent);
    const bytes = CONTENT.length;
    const wanted = { source, target, bytes, sha256: SHA256, stallMs: 200, onProgress: () => {} };
    await assert.rejects(download(wanted), /nothing came for 0\.2 s/);
    assert.ok(!existsSync(target));
  });

  it("leaves nothing in place when it is killed, and goes on afterwards", async (t) => {
    const slow: Answer = (_request, response) => {
      response.setHeader("content-length", CONTENT.length);
      response.write(CONTENT.subarray(0, HALF));
    };
    const { pull, target, part, env } = await setup(t, slow, ranged);
    const child = spawn(process.execPath, ["cli/main.ts", "models", "pull", "far"], {
      env: { ...process.env, ...env },
      stdio: "ignore",
    });
    const exited = once(child, "exit");
    await until("half is here", () => existsSync(part) && statSync(part).size > 0);
    child.kill("SIGKILL");
    await exited;
    assert.ok(!existsSync(target));
    assert.equal((await pull()).code, 0);
    assertPulled(target);
  });
});
