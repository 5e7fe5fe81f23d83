import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LogPrinter } from "../../../../cli/start/log-printer.ts";
import { RedisLog, redisLineToJson } from "../../../../cli/start/redis-log.ts";

const SETTLED = { level: 30, time: 0, role: "gateway", pid: 7, jobId: "job_1", msg: "job settled" };

function setup(options: { format?: "pretty" | "json"; isColoured?: boolean } = {}) {
  const written: string[] = [];
  const printer = new LogPrinter({
    write: (text) => written.push(text),
    format: options.format ?? "pretty",
    isColoured: options.isColoured ?? false,
  });
  return { printer, written };
}

describe("log printer", () => {
  it("makes pino's JSON readable behind the name of the process", () => {
    const { printer, written } = setup();
    printer.print("gateway", JSON.stringify(SETTLED));
    assert.equal(written.length, 1);
    assert.match(
      written[0] ?? "",
      /^gateway {2}\| \d\d:\d\d:00\.000 INFO: job settled {"jobId":"job_1"}\n$/,
    );
  });

  it("starts every line at the same column, also those of an error's stack", () => {
    const { printer, written } = setup();
    const err = { type: "Error", message: "no", stack: "Error: no\n    at somewhere" };
    printer.print("worker", JSON.stringify({ ...SETTLED, level: 50, err }));
    printer.say("redis is ready");
    assert.ok(written.length > 2);
    assert.ok(written.every((line) => line.indexOf("|") === 9));
  });

  it("passes text that is not JSON as it is", () => {
    const { printer, written } = setup();
    printer.print("worker", "Segmentation fault");
    printer.print("worker", "{not json");
    assert.deepEqual(written, ["worker   | Segmentation fault\n", "worker   | {not json\n"]);
  });

  it("uses colours only when told to", () => {
    const plain = setup();
    plain.printer.print("gateway", JSON.stringify(SETTLED));
    assert.ok(!plain.written.join("").includes("\u001B"));
    const coloured = setup({ isColoured: true });
    coloured.printer.print("gateway", JSON.stringify(SETTLED));
    assert.ok(coloured.written.join("").startsWith("\u001B[36mgateway  |"));
  });

  it("passes raw lines, and nothing for people, when the format is json", () => {
    const { printer, written } = setup({ format: "json" });
    printer.print("gateway", JSON.stringify(SETTLED));
    printer.show("\nScoreline is ready\n");
    assert.deepEqual(written, [`${JSON.stringify(SETTLED)}\n`]);
  });
});

describe("redis's log", () => {
  it("becomes JSON of the level that Redis's mark stands for", () => {
    const json = redisLineToJson("12:M 05 Jan 2026 10:00:00.123 # Background saving error", 5);
    assert.deepEqual(JSON.parse(json), {
      level: 40,
      time: 5,
      role: "redis",
      msg: "Background saving error",
    });
  });

  it("stays as it is where the line is of another kind", () => {
    const line = ">>> 'hash-max 8192'";
    assert.equal(redisLineToJson(line, 5), line);
  });

  it("is held back while Redis starts, and told when it fails", () => {
    const printed: string[] = [];
    const log = new RedisLog((line) => printed.push(line));
    log.take("greeting");
    assert.deepEqual(printed, []);
    log.spill();
    assert.deepEqual(printed, ["greeting"]);
  });

  it("is printed as it comes once Redis is ready, until it is stopped", () => {
    const printed: string[] = [];
    const log = new RedisLog((line) => printed.push(line));
    log.take("greeting");
    log.open();
    log.take("disk is full");
    log.hush();
    log.take("bye");
    assert.deepEqual(printed, ["disk is full"]);
  });
});
