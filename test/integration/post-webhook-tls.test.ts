import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { TLSSocket } from "node:tls";
import { post, wordOf } from "../support/post.ts";
import { Receiver } from "../support/receiver.ts";

const skip = spawnSync("openssl", ["version"]).status === 0 ? false : "there is no openssl";

/** A certificate that vouches for itself, for one name. */
function certificateFor(name: string): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const options = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const subject = ["-days", "2", "-subj", "/CN=test", "-addext", `subjectAltName=DNS:${name}`];
  try {
    const made = spawnSync("openssl", [
      "req",
      ...options,
      ...subject,
      "-keyout",
      key,
      "-out",
      cert,
    ]);
    assert.equal(made.status, 0, String(made.stderr));
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const limits = { connectMs: 400, totalMs: 600, answerBytesMax: 64 * 1024 };

describe("posting over TLS", { skip }, () => {
  const tls = skip === false ? certificateFor("hooks.example") : { key: "", cert: "" };

  it("goes to the checked address under the receiver's name", async () => {
    let sni: unknown;
    await using receiver = await Receiver.http(
      (response) => {
        const { socket } = response;
        sni = socket instanceof TLSSocket ? Reflect.get(socket, "servername") : undefined;
        response.end();
      },
      { tls },
    );
    for (const host of ["hooks.example", "HOOKS.example", "hooks.example."]) {
      const end = await post(`https://${host}:${receiver.port}/`, { ca: tls.cert });
      assert.equal(wordOf(end), 200, JSON.stringify(end));
      assert.equal(sni, "hooks.example");
      assert.equal(receiver.received.at(-1)?.headers.host, `hooks.example:${receiver.port}`);
    }
    assert.equal(receiver.connections, 3);
  });

  it("sends nothing to a receiver that cannot show that it is the one", async () => {
    await using receiver = await Receiver.http((response) => response.end(), { tls });
    const unknown = await post(`https://hooks.example:${receiver.port}/`);
    assert.equal(wordOf(unknown), "tls");
    const other = await post(`https://other.example:${receiver.port}/`, { ca: tls.cert });
    assert.equal(wordOf(other), "tls");
    assert.deepEqual(receiver.received, []);
    assert.match(unknown.kind === "failed" ? unknown.detail : "", /SELF_SIGNED/);
    assert.match(other.kind === "failed" ? other.detail : "", /ALTNAME/);
  });

  const others: readonly (readonly [what: string, take: (socket: Socket) => void])[] = [
    ["speaks HTTP", (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n")],
    ["says nothing", () => undefined],
    ["closes", (socket) => socket.end()],
    ["resets", (socket) => socket.resetAndDestroy()],
  ];
  for (const [what, take] of others) {
    it(`ends as tls where somebody ${what}`, async () => {
      await using receiver = await Receiver.raw(take);
      const end = await post(`https://hooks.example:${receiver.port}/`, { limits, ca: tls.cert });
      assert.equal(wordOf(end), "tls");
    });
  }
});
