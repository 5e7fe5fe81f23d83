import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { LineSink } from "../../../../cli/batch/line-sink.ts";

const line = Buffer.from("{}");
const folder = mkdtempSync(join(tmpdir(), "scoreline-sink-"));
after(() => rmSync(folder, { recursive: true }));

describe("a sink of lines", () => {
  it("names a file that cannot be opened, at once", async () => {
    const path = join(folder, "none", "out.ndjson");
    await assert.rejects(async () => LineSink.toFile(path), {
      name: "CommandError",
      message: `cannot write ${path}: there is no such folder`,
    });
  });

  it("names a file that is full", async () => {
    const sink = await LineSink.toFile("/dev/full");
    sink.add(line);
    await assert.rejects(sink.flush(), /cannot write \/dev\/full: ENOSPC/);
    assert.throws(() => sink.isLeft, /cannot write \/dev\/full: ENOSPC/);
  });

  it("leaves a file as it is until it is begun", async () => {
    const path = join(folder, "kept.ndjson");
    writeFileSync(path, "of yesterday\n");
    const sink = await LineSink.toFile(path);
    assert.equal(readFileSync(path, "utf8"), "of yesterday\n");
    await sink.begin();
    sink.add(line);
    await sink.close();
    assert.equal(readFileSync(path, "utf8"), "{}\n");
  });

  it("says when stdout takes nothing more, unless its reader has left", async () => {
    const full = LineSink.to(createWriteStream("/dev/full"), "lines");
    full.add(line);
    await assert.rejects(full.flush(), /cannot write stdout: ENOSPC/);

    const reader = spawn("true", { stdio: ["pipe", "ignore", "ignore"] });
    await once(reader, "exit");
    const left = LineSink.to(reader.stdin, "lines");
    left.add(line);
    await left.flush();
    assert.equal(left.isLeft, true);
  });
});
