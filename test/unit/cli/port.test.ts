import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { assertPortFree, freeLoopbackPort, listeningInodes } from "../../../cli/start/port.ts";
import { StartError } from "../../../cli/start/start-error.ts";

const PROC_NET_TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11111 1
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 22222 1
   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 33333 1
`;

describe("port", () => {
  it("finds the sockets that listen on it, not those that are merely connected", () => {
    assert.deepEqual(listeningInodes(PROC_NET_TCP, 8080), ["11111"]);
    assert.deepEqual(listeningInodes(PROC_NET_TCP, 9000), []);
  });

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
      assert.ok(error instanceof StartError);
      assert.ok(error.message.startsWith(`port ${port} is taken`));
      assert.match(error.message, /PORT=\d+ npm start$/);
      if (process.platform === "linux") assert.ok(error.message.includes(`(pid ${process.pid})`));
      return true;
    });
  });
});
