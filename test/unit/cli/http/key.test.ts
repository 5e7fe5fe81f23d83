import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { tokenFor } from "../../../../cli/http/key.ts";
import { writeKeyFile } from "../../../../cli/start/api-key.ts";

const folder = mkdtempSync(join(tmpdir(), "scoreline-token-"));
after(() => rmSync(folder, { recursive: true }));
writeKeyFile(join(folder, "api-key"), "of-the-file");

function tokenWith(url: string, environment: NodeJS.ProcessEnv): string | undefined {
  const { stderr: notes, stdin: input, stdout: output } = process;
  return tokenFor(url, {
    root: "/nowhere",
    environment,
    print: () => undefined,
    notes,
    input,
    output,
  });
}

describe("the token a command sends", () => {
  it("is the file's, to this machine and to no other", () => {
    const here = ["http://127.0.0.1:8080", "http://localhost", "https://[::1]:1"];
    for (const url of here) assert.equal(tokenWith(url, { DATA_DIR: folder }), "of-the-file");
    const elsewhere = [
      "http://10.0.0.1",
      "https://localhost.example.com",
      "http://127.0.0.1.example.com",
      "http://127.0.0.1@example.com",
      "http://0.0.0.0",
    ];
    for (const url of elsewhere) assert.equal(tokenWith(url, { DATA_DIR: folder }), undefined, url);
  });

  it("is SCORELINE_API_KEY's wherever it goes, when that is set", () => {
    const environment = { DATA_DIR: folder, SCORELINE_API_KEY: " given\n" };
    assert.equal(tokenWith("https://scoreline.example.com", environment), "given");
    assert.equal(tokenWith("http://127.0.0.1", environment), "given");
    assert.equal(
      tokenWith("http://127.0.0.1", { ...environment, SCORELINE_API_KEY: "" }),
      "of-the-file",
    );
  });

  it("is none where there is no file", () => {
    assert.equal(tokenWith("http://127.0.0.1", { DATA_DIR: join(folder, "absent") }), undefined);
    assert.equal(tokenWith("http://127.0.0.1", {}), undefined);
  });
});
