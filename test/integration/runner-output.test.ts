import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { z } from "zod";
import { createLoggerTo } from "../../shared/log.ts";
import { logOutput } from "../../worker/score/runner-output.ts";

const lineSchema = z.object({
  level: z.number(),
  runner: z.number(),
  msg: z.string(),
  output: z.string().optional(),
  characters: z.number().optional(),
});

/** What is logged of a program that stands in for a runner. */
async function logOf(program: string): Promise<readonly z.infer<typeof lineSchema>[]> {
  const lines: z.infer<typeof lineSchema>[] = [];
  const write = (line: string): void => void lines.push(lineSchema.parse(JSON.parse(line)));
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "pipe"] });
  logOutput(child, createLoggerTo({ write }, { role: "worker", level: "info" }));
  const [code]: unknown[] = await once(child, "close");
  assert.equal(code, 0);
  assert.ok(lines.every(({ runner }) => runner === child.pid));
  return lines;
}

describe("what a runner prints", () => {
  it("is a log line each, with the runner's pid; what goes to stderr is a warning", async () => {
    const program = `
      console.log("first\\nsecond");
      console.error("a library's words");
      process.stdout.write("without an end");`;
    const lines = await logOf(program);
    const told = (level: number) =>
      lines.filter((line) => line.level === level).map(({ output }) => output);
    assert.deepEqual(told(30), ["first", "second", "without an end"]);
    assert.deepEqual(told(40), ["a library's words"]);
  });

  it("is read to its end and kept to its beginning, however much it is", async () => {
    const program = `
      const { writeSync } = require("node:fs");
      for (let i = 0; i < 100_000; i += 1) writeSync(1, "a line of many that nobody reads\\n");
      for (let i = 0; i < 1000; i += 1) writeSync(2, "x".repeat(10_000));`;
    const startMs = performance.now();
    const lines = await logOf(program);
    const seconds = Math.ceil((performance.now() - startMs) / 1000);
    const told = lines.filter(({ output }) => output !== undefined);
    assert.ok(told.length >= 50 && told.length <= 50 * (seconds + 1), `${told.length} lines`);
    assert.ok(told.every(({ output }) => (output ?? "").length <= 1000));
    const leftOut = lines.reduce((sum, { characters = 0 }) => sum + characters, 0);
    assert.ok(leftOut > 12_000_000, `${leftOut} characters are said to be left out`);
  });
});
