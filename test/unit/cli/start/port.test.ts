import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { assertPortFree, freeLoopbackPort } from "../../../../cli/start/port.ts";
import { CommandError } from "../../../../cli/terminal/command.ts";

describe("port", () => {
  it("passes when it is free", async () => {
    await assertPortFree("127.0.0.1", await freeLoopbackPort());
  });

  it("is refused when it is taken, naming it and a way out", async (t) => {
    const server = createServer().listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    const { port } = address;
    await assert.rejects(assertPortFree("127.0.0.1", port), (error) => {
      assert.ok(error instanceof CommandError);
      assert.ok(error.message.startsWith(`port ${port} is taken`));
      assert.match(error.message, /PORT=\d+ npm start$/);
      return true;
    });
  });
});
