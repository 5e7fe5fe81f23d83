import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  packTrace,
  requestTraceOf,
  traceFields,
  traceHeaders,
  unpackTrace,
} from "../../../shared/trace.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const MADE_ID = /^[0-9a-f]{32}$/;
const MADE_PARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/;

describe("what a request is found again by", () => {
  it("is what its client sent", () => {
    const trace = requestTraceOf({ "x-request-id": "order-77", traceparent: PARENT });
    assert.deepEqual(trace, {
      requestId: "order-77",
      traceparent: PARENT,
      sent: `${PARENT} order-77`,
    });
  });

  it("is made where the client sent nothing, another each time, and then no job keeps it", () => {
    const made = Array.from({ length: 1000 }, () => requestTraceOf({}));
    for (const { requestId, traceparent, sent } of made) {
      assert.match(requestId, MADE_ID);
      assert.match(traceparent, MADE_PARENT);
      assert.ok(traceparent.includes(requestId), "one word finds both");
      assert.equal(sent, undefined);
    }
    assert.equal(new Set(made.map(({ requestId }) => requestId)).size, 1000);
  });

  it("is made for the half that is missing, and the other half is kept", () => {
    const named = requestTraceOf({ "x-request-id": "a" });
    assert.match(named.traceparent, MADE_PARENT);
    assert.equal(named.sent, " a");
    const traced = requestTraceOf({ traceparent: PARENT });
    assert.match(traced.requestId, MADE_ID);
    assert.ok(!PARENT.includes(traced.requestId), "an id is of one request");
    assert.equal(traced.sent, `${PARENT} `);
  });

  for (const id of ["", "a b", "a,b", 'a"', "ä", "a\t", "a".repeat(129), "<script>"]) {
    it(`is no id that reads ${JSON.stringify(id.slice(0, 20))}`, () => {
      const { requestId, sent } = requestTraceOf({ "x-request-id": id });
      assert.match(requestId, MADE_ID);
      assert.equal(sent, undefined);
    });
  }

  for (const id of [
    "a".repeat(128),
    "Root=1-67891233-abcdef012345678912345678",
    "a/b:c+d@e~f_g.h",
  ]) {
    it(`may be ${id.slice(0, 20)}…`, () => {
      assert.equal(requestTraceOf({ "x-request-id": id }).requestId, id);
    });
  }

  const wrong = [
    "",
    "00",
    PARENT.toUpperCase(),
    PARENT.replace("00-", "ff-"),
    PARENT.replace(TRACE, "0".repeat(32)),
    PARENT.replace("00f067aa0ba902b7", "0".repeat(16)),
    `${PARENT}-more`,
    `${PARENT}, ${PARENT}`,
    `${PARENT}0`,
    PARENT.slice(0, -1),
    ` ${PARENT}`,
    PARENT.replace("00-", "01-").concat("x"),
  ];
  for (const traceparent of wrong) {
    it(`is no trace that reads ${JSON.stringify(traceparent)}`, () => {
      const trace = requestTraceOf({ traceparent });
      assert.match(trace.traceparent, MADE_PARENT);
      assert.equal(trace.sent, undefined);
    });
  }

  it("has with it what tracing systems have added, up to 512 characters and to its trace alone", () => {
    const sentOf = (tracestate: string, traceparent = PARENT) =>
      requestTraceOf({ traceparent, tracestate }).sent;
    for (const state of ["a=1", "a=1, b@c=2 3", "x".repeat(512)]) {
      assert.equal(sentOf(state), `${PARENT}  ${state}`);
    }
    for (const state of ["", " a=1", "a=1 ", "a=\u00e4", "a=1\tb=2", "x".repeat(513)]) {
      assert.equal(sentOf(state), `${PARENT} `);
    }
    assert.equal(sentOf("a=1", "00-none"), undefined);
  });

  it("may be of a later version, of which what version 00 has goes on", () => {
    for (const later of [PARENT.replace("00-", "cc-"), `${PARENT.replace("00-", "cc-")}-more`]) {
      assert.equal(requestTraceOf({ traceparent: later }).traceparent, PARENT);
    }
  });
});

describe("a trace that is kept", () => {
  it("is read as it was written", () => {
    for (const requestId of [undefined, "order-77"]) {
      for (const traceparent of [undefined, PARENT]) {
        for (const isOurs of [true, false]) {
          const trace = { requestId, traceparent, isOurs };
          assert.deepEqual(unpackTrace(packTrace(trace)), trace);
          const whole = { ...trace, tracestate: "a=1, b=2 3" };
          assert.deepEqual(unpackTrace(packTrace(whole)), whole);
        }
      }
    }
  });

  it("tells receivers what the client sent, and nothing of ours", () => {
    const requestId = "order-77";
    const sent = packTrace({ requestId, traceparent: PARENT, isOurs: false });
    assert.deepEqual(traceHeaders(sent), { "x-request-id": requestId, traceparent: PARENT });
    const tracestate = "a=1";
    const whole = packTrace({ requestId, traceparent: PARENT, tracestate, isOurs: false });
    const span = PARENT.replace("00f0", "11f0");
    assert.deepEqual(traceHeaders(whole, span), {
      "x-request-id": requestId,
      traceparent: span,
      tracestate,
    });
    const ours = packTrace({ requestId, traceparent: PARENT, isOurs: true });
    assert.deepEqual(traceHeaders(ours), { "x-request-id": requestId });
    assert.deepEqual(traceHeaders(undefined), {});
  });

  it("tells logs of both", () => {
    const ours = packTrace({ requestId: "a", traceparent: PARENT, isOurs: true });
    assert.deepEqual(traceFields(ours), { requestId: "a", traceId: TRACE });
    assert.deepEqual(traceFields(" a"), { requestId: "a" });
    assert.deepEqual(traceFields(undefined), {});
  });
});
