import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { ConfigError, parseConfig } from "../../../../../shared/config.ts";
import {
  receiverPolicy,
  receiverSettings,
} from "../../../../../shared/webhook/receiver/settings.ts";
import { urlFault } from "../../../../../shared/webhook/receiver/url-fault.ts";

const schema = z.object(receiverSettings);

describe("the settings of receivers", () => {
  it("allow https on port 443 at public addresses when nothing is said", () => {
    const policy = receiverPolicy(parseConfig(schema, {}));
    assert.equal(urlFault("https://example.com/", policy), undefined);
    for (const url of ["http://example.com/", "https://example.com:8443/", "https://127.0.0.1/"]) {
      assert.notEqual(urlFault(url, policy), undefined);
    }
  });

  it("open what they name", () => {
    const environment = {
      WEBHOOK_ALLOW: "127.0.0.1",
      WEBHOOK_PORTS: "1-65535",
      WEBHOOK_HTTP: "on",
    };
    const policy = receiverPolicy(parseConfig(schema, environment));
    assert.equal(urlFault("http://127.0.0.1:9999/", policy), undefined);
    assert.notEqual(urlFault("http://127.0.0.2:9999/", policy), undefined);
  });

  it("are refused with every fault", () => {
    const environment = {
      WEBHOOK_ALLOW: "*,1.2.3.4/40",
      WEBHOOK_PORTS: "x,0",
      WEBHOOK_HTTP: "yes",
    };
    assert.throws(
      () => parseConfig(schema, environment),
      (error) => error instanceof ConfigError && error.faults.length === 5,
    );
  });
});
