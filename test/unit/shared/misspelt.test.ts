import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startConfigSchema } from "../../../cli/start/config.ts";
import { gatewayConfigSchema } from "../../../gateway/config.ts";
import { isNear, misspeltIn } from "../../../shared/misspelt.ts";
import { workerConfigSchema } from "../../../worker/config.ts";

const SCHEMAS = [gatewayConfigSchema, workerConfigSchema, startConfigSchema];
const settings = SCHEMAS.map(({ shape }) => Object.keys(shape));
const all = [...new Set(settings.flat())];

describe("a setting that is misspelt", () => {
  it("is told from the one that was meant", () => {
    const given = {
      WORKER_SLOT: "2",
      REDIS_URI: "redis://here",
      worker_slots: "2",
      BODY_BYTE_MAX: "1",
    };
    assert.deepEqual(misspeltIn(given, all), [
      { name: "WORKER_SLOT", meant: "WORKER_SLOTS" },
      { name: "REDIS_URI", meant: "REDIS_URL" },
      { name: "worker_slots", meant: "WORKER_SLOTS" },
      { name: "BODY_BYTE_MAX", meant: "BODY_BYTES_MAX" },
    ]);
  });

  it("is not what other programs read, nor one that is right", () => {
    const others =
      "PATH HOME SHELL LANG TERM HOSTNAME PORTS NODE_OPTIONS REDIS_PORT REDIS_HOST GATEWAY_PORT";
    const given = Object.fromEntries([...others.split(" "), ...all].map((name) => [name, "x"]));
    assert.deepEqual(misspeltIn(given, all), []);
  });

  it("is none of another role's: none are as near as that", () => {
    for (const own of settings) {
      const strange = all.filter((name) => !own.includes(name));
      const near = own.flatMap((name) =>
        strange.filter((one) => name.length >= 8 && isNear(name, one)),
      );
      assert.deepEqual(near, []);
    }
  });
});
