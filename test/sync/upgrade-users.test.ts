import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { codeBlocks, section } from "./support/markdown.ts";
import { readText } from "./support/repository.ts";

/** The first `users.acl`, which installations may still have: `test/fixtures/users-before.acl`. */
const BEFORE = "test/fixtures/users-before.acl";

describe("the documented upgrade of Redis' users", () => {
  const [block = ""] = codeBlocks(section(readText("docs/kubernetes.md"), "## Upgrading"), "sh");
  const sed = /sed ([^]*?) > users\.acl/.exec(block)?.[1] ?? "";

  /** The rights of each user, by name. */
  const rightsOf = (acl: string): ReadonlyMap<string, ReadonlySet<string>> =>
    new Map(
      acl.split("\n").flatMap((line) => {
        const [word, name = "", ...rights] = line.split(" ");
        return word === "user" ? [[name, new Set(rights)] as const] : [];
      }),
    );

  it("gives each user all that it has now", () => {
    const mended = execFileSync("sh", ["-c", `sed ${sed}`], { input: readText(BEFORE) }).toString();
    const rights = rightsOf(mended);
    for (const [name, wanted] of rightsOf(readText("k8s/users.acl"))) {
      const missing = [...wanted].filter((right) => rights.get(name)?.has(right) !== true);
      assert.deepEqual(missing, [], name);
    }
  });

  it("changes nothing the second time", () => {
    const once = execFileSync("sh", ["-c", `sed ${sed}`], { input: readText(BEFORE) }).toString();
    const twice = execFileSync("sh", ["-c", `sed ${sed}`], { input: once }).toString();
    assert.equal(twice, once);
  });
});
