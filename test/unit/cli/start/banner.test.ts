import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { banner, publicUrl } from "../../../../cli/start/banner.ts";
import { receiversHere, redisPorts } from "../../../../cli/start/receivers.ts";

const CURL = 'curl -s -H "Authorization: Bearer $(cat .scoreline/api-key)"';

describe("banner", () => {
  it("prints the two lines to copy and paste", () => {
    const photo = "models/image-classification/photos/espresso.jpg";
    const keyFile = ".scoreline/api-key";
    const text = banner({
      url: "http://127.0.0.1:8080",
      photo,
      hasFaq: true,
      keyFile,
      link: undefined,
      hasReceiversHere: true,
    });
    assert.ok(
      text.includes(
        `${CURL} -H 'Prefer: wait=30' -H 'Content-Type: image/jpeg' --data-binary ` +
          "@models/image-classification/photos/espresso.jpg " +
          "http://127.0.0.1:8080/v1/models/image-classification/jobs\n",
      ),
    );
    assert.ok(
      text.includes(
        `${CURL} -H 'Prefer: wait=30' -H 'Content-Type: application/json' ` +
          `-d '{"input":{"text":"how do i clone an array"}}' ` +
          "http://127.0.0.1:8080/v1/models/faq-javascript/jobs\n",
      ),
    );
  });

  it("leaves out the lines of models that are not there", () => {
    const text = banner({
      url: "http://127.0.0.1:8080",
      photo: null,
      hasFaq: false,
      keyFile: "k",
      link: undefined,
      hasReceiversHere: false,
    });
    assert.ok(!text.includes("/jobs"));
    assert.ok(text.includes("http://127.0.0.1:8080/openapi.json"));
  });

  it("reads the key from any folder", () => {
    const text = banner({
      url: "u",
      photo: null,
      hasFaq: true,
      keyFile: "../my data/it's/api-key",
      link: undefined,
      hasReceiversHere: false,
    });
    assert.ok(text.includes(`$(cat '../my data/it'\\''s/api-key')`), text);
  });

  it("shouts when nobody is asked for a key, and sends none", () => {
    const text = banner({
      url: "u",
      photo: "p.jpg",
      hasFaq: true,
      keyFile: null,
      link: undefined,
      hasReceiversHere: false,
    });
    assert.match(text, /^AUTH=off: NOBODY IS ASKED FOR A KEY\. /m);
    assert.ok(!text.includes("Authorization"));
    assert.equal(text.match(/ {2}curl -s -H 'Prefer/g)?.length, 2);
  });

  it("names the page: as a link that signs in, or what prints one", () => {
    const facts = { url: "u", photo: null, hasFaq: false, hasReceiversHere: false };
    const link = "u/#/sign-in/x";
    assert.match(banner({ ...facts, keyFile: "k", link }), /^ {2}u\/#\/sign-in\/x$/m);
    assert.match(
      banner({ ...facts, keyFile: "k", link: undefined }),
      /^ {2}npx scoreline sign-in$/m,
    );
    assert.match(banner({ ...facts, keyFile: null, link: undefined }), /^ {2}u\/$/m);
  });

  it("says when webhooks may go to this machine", () => {
    const facts = { url: "u", photo: null, hasFaq: false, keyFile: "k", link: undefined };
    const said = banner({ ...facts, hasReceiversHere: true });
    assert.match(said, /^Webhooks may go to this machine \(127\.0\.0\.0\/8, ::1\)/m);
    assert.ok(!banner({ ...facts, hasReceiversHere: false }).includes("Webhooks"));
  });

  it("lets them only while nobody from elsewhere can ask, and nobody has said otherwise", () => {
    assert.equal(receiversHere("127.0.0.1", {}, [])["WEBHOOK_HTTP"], "on");
    assert.deepEqual(receiversHere("0.0.0.0", {}, []), {});
    assert.deepEqual(receiversHere("127.0.0.1", { WEBHOOK_PORTS: "443" }, []), {});
  });

  it("keeps them from the ports of the gateway and of Redis", () => {
    const ports = (closed: readonly number[]): string | undefined =>
      receiversHere("127.0.0.1", {}, closed)["WEBHOOK_PORTS"];
    assert.equal(ports([]), "1-65535");
    assert.equal(ports([40_001, 8080]), "1-8079,8081-40000,40002-65535");
    assert.equal(ports([1, 3, 3, 65_535]), "2,4-65534");
    assert.deepEqual(redisPorts("redis://:secret@127.0.0.1:40001"), [40_001]);
    assert.deepEqual(redisPorts("redis://127.0.0.1/0"), [6379]);
    assert.deepEqual(redisPorts("/run/redis.sock"), []);
  });

  it("names an address that a client on this machine can reach", () => {
    assert.equal(publicUrl("127.0.0.1", 8080), "http://127.0.0.1:8080");
    assert.equal(publicUrl("0.0.0.0", 80), "http://127.0.0.1:80");
    assert.equal(publicUrl("::", 8080), "http://[::1]:8080");
    assert.equal(publicUrl("::1", 8080), "http://[::1]:8080");
  });
});
