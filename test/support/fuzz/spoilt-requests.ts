import fc from "fast-check";
import {
  methods,
  oddBytes,
  oddChunks,
  oddContentTypes,
  oddHeaders,
  oddJsonTexts,
  oddMembers,
  oddQueries,
} from "./odd-values.ts";
import type { RawRequest } from "./raw-request.ts";

/** One thing done to a request, with a name for the report. */
type Spoil = readonly [name: string, (request: RawRequest) => fc.Arbitrary<Partial<RawRequest>>];

/** The same requests, each with one or two things wrong with it. */
export function spoiltRequests(good: fc.Arbitrary<RawRequest>): fc.Arbitrary<RawRequest> {
  const one = fc.constantFrom(...SPOILS);
  return fc
    .tuple(good, fc.array(one, { minLength: 1, maxLength: 2 }))
    .chain(([request, spoils]) =>
      spoils.reduce(
        (spoilt: fc.Arbitrary<RawRequest>, spoil) => spoilt.chain((it) => apply(it, spoil)),
        fc.constant(request),
      ),
    );
}

function apply(request: RawRequest, [name, spoil]: Spoil): fc.Arbitrary<RawRequest> {
  return spoil(request).map((change) => ({
    ...request,
    ...change,
    spoilt: [...request.spoilt, name],
  }));
}

const SPOILS: readonly Spoil[] = [
  ["content type", (it) => oddContentTypes.map((type) => headed(it, "Content-Type", type))],
  ["body", (it) => bodies(it.body).map((body) => sized(it, body))],
  ["JSON text", (it) => oddJsonTexts.map((text) => sized(it, Buffer.from(text)))],
  ["JSON value", (it) => fc.jsonValue({ maxDepth: 4 }).map((value) => sizedJson(it, value))],
  ["JSON member", (it) => oddMembers.map((member) => sized(it, withMember(it.body, member)))],
  ["query", (it) => oddQueries.map((query) => ({ target: `${it.target.split("?")[0]}?${query}` }))],
  ["path", (it) => paths(it.target).map((target) => ({ target }))],
  ["method", (it) => methods.map((method) => ({ ...sized(it, it.body), method }))],
  ["header", (it) => oddHeaders.map(([name, value]) => headed(it, name, value))],
  ["huge header", (it) => fc.nat(30_000).map((size) => headed(it, "X-Huge", "x".repeat(size)))],
  [
    "length",
    (it) =>
      fc.constantFrom("0", "1", "-1", "1e3", "99999999", "18446744073709551616").map((length) => ({
        ...headed(it, "Content-Length", length),
        isBroken: true,
      })),
  ],
  [
    "chunks",
    (it) =>
      oddChunks.map((text) => ({
        ...headed(
          { ...it, headers: without(it, "Content-Length") },
          "Transfer-Encoding",
          "chunked",
        ),
        body: Buffer.from(text, "latin1"),
        isBroken: true,
      })),
  ],
  ["bytes", (it) => oddBytes.map((text) => ({ ...headed(it, "X-Odd", text), isBroken: true }))],
];

/** Bytes instead of what was to come, or a part of it. */
function bodies(body: Buffer): fc.Arbitrary<Buffer> {
  const noise = fc.uint8Array({ maxLength: 300 }).map((it) => Buffer.from(it));
  const cut = fc.nat(body.length).map((length) => body.subarray(0, length));
  const flipped = fc.tuple(fc.nat(Math.max(0, body.length - 1)), fc.nat(255)).map(([at, byte]) => {
    const copy = Buffer.from(body);
    return at < copy.length ? copy.fill(byte, at, at + 1) : copy;
  });
  const wrapped = fc.constantFrom(
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
    Buffer.from(body.toString("latin1"), "utf16le"),
    Buffer.concat([body, Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80])]),
    Buffer.alloc(2_500_000, 0x20),
  );
  return fc.oneof(noise, cut, flipped, wrapped);
}

function withMember(body: Buffer, [name, value]: readonly [string, unknown]): Buffer {
  const text = body.toString();
  const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  if (!text.startsWith("{")) return Buffer.from(`{${member}}`);
  return Buffer.from(text === "{}" ? `{${member}}` : `{${member},${text.slice(1)}`);
}

function paths(target: string): fc.Arbitrary<string> {
  const [path = "", query] = target.split("?");
  const rest = query === undefined ? "" : `?${query}`;
  const segments = fc.constantFrom(
    "..",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "%",
    "%c0%ae",
    "%ff",
    "a%2Fb",
    "wine@0",
    "wine@1@1",
    "wine@99999999999999999999",
    "__proto__",
    "constructor",
    "job_00000000000000000000000000",
    "JOB_01m7z2a28nec097t69kvhhq4z1",
    "x".repeat(4000),
    "%F0%9F%92%A9",
    ";a=b",
    "*",
  );
  const replaced = segments.map((segment) => path.replace(/[^/]+(?=\/|$)/, segment));
  const inner = segments.map((segment) => path.replace(/(?<=\/v1\/\w+\/)[^/]+/, segment));
  const last = segments.map((segment) => path.replace(/[^/]*$/, segment));
  const odd = fc.constantFrom(
    `${path}/`,
    `/${path}`,
    `//evil.test${path}`,
    `http://evil.test${path}`,
    path.toUpperCase(),
    `${path}#x`,
    "*",
    "/.",
    "/docs/assets/../../package.json",
    "/docs/assets/%2e%2e%2f%2e%2e%2fpackage.json",
    "/docs/assets/constructor",
  );
  return fc.oneof(replaced, inner, last, odd).map((it) => `${it}${rest}`);
}

function headed(request: RawRequest, name: string, value: string): Partial<RawRequest> {
  return { headers: [...without(request, name), [name, value]] };
}

function without({ headers }: RawRequest, name: string): RawRequest["headers"] {
  return headers.filter(([one]) => one !== name);
}

/** With another body, whose length is right. */
function sized(request: RawRequest, body: Buffer): Partial<RawRequest> {
  const hasBody = body.length > 0 || request.method === "POST" || request.method === "PATCH";
  const rest = without(request, "Content-Length");
  return {
    headers: hasBody ? [...rest, ["Content-Length", String(body.length)]] : rest,
    body,
  };
}

function sizedJson(request: RawRequest, value: unknown): Partial<RawRequest> {
  return sized(request, Buffer.from(JSON.stringify(value)));
}
