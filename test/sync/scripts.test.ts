import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { script, sources } from "../../shared/redis/script.ts";
import { deliveryFields } from "../../shared/webhook/delivery.ts";
import { unknownNames } from "./support/lua-names.ts";
import { filesMatching, ROOT } from "./support/repository.ts";

describe("our scripts", () => {
  before(async () => {
    const files = filesMatching(["shared/**/*.ts"]).filter(({ text }) => text.includes('.lua"'));
    for (const { path } of files) await import(pathToFileURL(join(ROOT, path)).href);
  });

  it("name what they are called with", () => {
    const counting = filesMatching(["shared/**/*.lua"]).filter(({ text }) =>
      /\b(?:ARGV|KEYS)\b/.test(text.replaceAll(/^--.*$/gm, "")),
    );
    assert.deepEqual(
      counting.map(({ path }) => path),
      [],
    );
  });

  it("use no name that is not declared", () => {
    assert.ok(sources.size > 30);
    for (const [path, source] of sources) assert.deepEqual(unknownNames(source), [], path);
  });

  it("are found out when a name is wrong", () => {
    for (const [file, right, wrong, told] of [
      ["access/key-revoke", "ZREM', admins", "ZREM', admin", "admin"],
      ["webhook/delivery-record", "(waitMs / 1000)", "(wait / 1000)", "wait"],
      ["webhook/delivery-record", "d.claim ~=", "d.token ~=", "d.token"],
      ["webhook/delivery-release", "item.id)", "item.name)", "item.name"],
      ["webhook/endpoint-put", "after.state", "after.status", "after.status"],
      ["batch/sweep-step", "noteOver(", "noteEnd(", "noteEnd"],
    ] as const) {
      const [, source = ""] = [...sources].find(([path]) => path.endsWith(`${file}.lua`)) ?? [];
      const own = source.lastIndexOf(right);
      assert.notEqual(own, -1, `${file}: ${right}`);
      const planted = `${source.slice(0, own)}${wrong}${source.slice(own + right.length)}`;
      assert.deepEqual(unknownNames(planted), [told], file);
    }
  });

  it("are not even made when they name a field or a key that there is not", () => {
    const folder = mkdtempSync(join(tmpdir(), "scoreline-scripts-"));
    try {
      for (const wrong of ["DELIVERY.state", "keys.target_s", "keys.input"]) {
        const file = join(folder, "planted.lua");
        writeFileSync(file, `return redis.call('HGET', delivery, ${wrong})`);
        const writes = { DELIVERY: deliveryFields };
        assert.throws(
          () => script(pathToFileURL(file), { keys: ["delivery"], writes }),
          new TypeError(`${file}: there is no ${wrong}`),
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
