import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { it } from "node:test";
import { isUpload, Receiving } from "../../../../gateway/http/receive-limit.ts";

it("only a body that is read as it comes may take as long as it likes", () => {
  for (const [url, contentType, mayTakeHours] of [
    ["/v1/batches", "application/x-ndjson", true],
    ["/v1/batches?model=wine", "text/csv; charset=utf-8", true],
    ["/v1/batches/bat_1/items", "multipart/form-data; boundary=a", true],
    ["/v1/batches", "application/json", false],
    ["/v1/batches/bat_1/items", "Application/JSON; charset=utf-8", false],
    ["/v1/models/wine/jobs", "text/plain", false],
  ] as const) {
    assert.equal(isUpload(url, contentType), mayTakeHours, `${url} ${contentType}`);
  }
});

it("a body that does not come ends its connection, an upload's and one that came do not", async () => {
  const receiving = new Receiving(50, 10);
  const server = createServer((request, response) => {
    receiving.take(request);
    request.on("end", () => response.end("came")).resume();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  await receiving.start();
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const { port } = address;
  const send = (path: string, body: string) => {
    const head = `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: text/csv\r\ncontent-length: 4\r\n`;
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {}).write(`${head}\r\n${body}`);
    return socket;
  };
  const whole = send("/v1/models/wine/jobs", "abcd");
  const upload = send("/v1/batches", "ab");
  await once(whole, "data");
  const slow = send("/v1/models/wine/jobs", "ab").resume();
  await once(slow, "close");
  upload.write("cd");
  await once(upload, "data");
  whole.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  await once(whole, "data");
  await receiving.stop();
  for (const socket of [whole, upload]) socket.destroy();
  server.close();
});
