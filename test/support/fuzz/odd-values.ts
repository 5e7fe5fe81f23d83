import fc from "fast-check";

/** Values that have been trouble elsewhere, for every part of a request. */

/** Content types, wrong and strange. */
export const oddContentTypes = fc.constantFrom(
  "",
  "application/json; charset=utf-16",
  "application/problem+json",
  "APPLICATION/JSON",
  "application/x-www-form-urlencoded",
  "image/heic",
  "image/jpg",
  "image/png",
  "multipart/form-data",
  "multipart/form-data; boundary=",
  "multipart/form-data; boundary=x",
  "text/plain",
  "text/plain; charset=latin1",
  "text/plain;;;=",
  `x/${"y".repeat(300)}`,
);

/** JSON, or nearly, that parsers have stumbled over. */
export const oddJsonTexts = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("[", '{"a":', '{"input":', '{"inputs":['),
      fc.integer({ min: 1, max: 50_000 }),
    )
    .map(([open, depth]) => open.repeat(depth)),
  fc.constantFrom(
    "",
    "null",
    "[]",
    '"text"',
    "{",
    "{}}",
    '{"input":{"text":"a"},"input":{"text":"b"}}',
    '{"input":{"text":"a","text":5}}',
    '{"input":{"text":"\\ud800"}}',
    '{"input":{"text":"\\u0000"}}',
    '{"input":{"text":"a"},"metadata":{"__proto__":1,"constructor":{"prototype":1}}}',
    '{"__proto__":{"input":{"text":"a"}}}',
    '{"input":{"text":"a"},"timeouts":{"total_ms":1e400}}',
    '{"input":{"alcohol":1e400}}',
    '{"input":{"alcohol":-0.0,"ash":123456789012345678901234567890}}',
    '{"inputs":{"columns":["alcohol","alcohol"],"data":[[1]]}}',
    '{"inputs":{"columns":[],"data":[[]]}}',
    `{"inputs":[${'{"text":"a"},'.repeat(2000)}{"text":"a"}]}`,
    `{"${"k".repeat(100_000)}":1}`,
    '{"input":{"image":"data:image/png;base64,AAAA"}}',
    '{"input":{"image":"https://127.0.0.1/cat.png"}}',
    "{'input':1}",
    '{"input":NaN}',
    '{"input":{"text":"a"}}//',
    '{"batch":{"model":"wine"}}',
    '{"batch":{"model":"wine"}}\n{',
    '{"batch":{"model":"faq-javascript"}}\n{"input":{"text":"a"}}\n{"input":5}\n',
    '{"batch":{"model":"faq-javascript"}}\r\n\r\n{"custom_id":"\u0000","input":{"text":"a"}}',
    `{"batch":{"model":"faq-javascript"}}\n${'{"input":{"text":"a"}}\n'.repeat(3000)}`,
    '{"model":"wine","items":[{"custom_id":1,"input":{}}]}',
    "\n\n\n",
  ),
);

/** A member more, or a second time. */
export const oddMembers = fc.tuple(
  fc.constantFrom(
    "input",
    "inputs",
    "parameters",
    "metadata",
    "priority",
    "timeouts",
    "retries",
    "on_disconnect",
    "retention_ms",
    "items",
    "batch",
    "custom_id",
    "completion_window_ms",
    "max_failed",
    "inptu",
    "__proto__",
    "",
  ),
  fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<unknown>(-1, 1.5, 1e21, "", "cancel", [], [[]], { total_ms: 1 }),
  ),
);

/** Query strings. */
export const oddQueries = fc.oneof(
  fc.constantFrom(
    "%",
    "%zz=%00",
    "wait=NaN",
    "wait=1e400",
    "wait=-1",
    "wait=",
    "wait=1&wait=2",
    "on_failure=x",
    "on_failure=job&on_failure=problem",
    "limit=0",
    "limit=1e9",
    "limit=",
    "cursor=AAAA",
    "cursor=%F0%9F%92%A9",
    "after=i0.0",
    "after=c999999999999999.999999999",
    "from=-1",
    "from=1e400",
    "order=completion&limit=1",
    "created_after=yesterday",
    "created_after=275761-01-01",
    "status=done",
    "top_k=1e2",
    "top_k=-1",
    "top_k[]=1",
    "__proto__=1",
    "constructor=1",
    "toString",
    "=",
    "&&&",
    `a=${"b".repeat(8000)}`,
  ),
  fc.webQueryParameters(),
);

/** Methods, known to HTTP or not. */
export const methods = fc.constantFrom(
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "TRACE",
  "PROPFIND",
  "QUERY",
  "get",
  "FOO",
);

/** Headers that the gateway reads, or HTTP does. */
export const oddHeaders = fc.constantFrom<readonly [string, string]>(
  ["Prefer", "wait=999999999999"],
  ["Prefer", "wait=-5"],
  ["Prefer", 'wait="1", wait=2;;,,='],
  ["Prefer", "=".repeat(5000)],
  ["Idempotency-Key", '""'],
  ["Idempotency-Key", '"\\"'],
  ["Idempotency-Key", "a b"],
  ["Idempotency-Key", "k".repeat(300)],
  ["Idempotency-Key", "same"],
  ["Idempotency-Key", "caf\u00e9"],
  ["Cancel-After", "soon"],
  ["Cancel-After", "0"],
  ["Cancel-After", "1ms"],
  ["Cancel-After", "9999999h"],
  ["If-None-Match", "*"],
  ["Last-Event-ID", "\u00ff"],
  ["Accept", "text/event-stream"],
  ["Accept", "application/xml"],
  ["Content-Encoding", "gzip"],
  ["Content-Encoding", "identity"],
  ["Expect", "100-continue"],
  ["Expect", "200-ok"],
  ["Upgrade", "websocket"],
  ["Host", ""],
  ["Host", "evil.test:99999"],
  ["Range", "bytes=0-1"],
  ["Cookie", "a=b; ".repeat(500)],
  ["X-Forwarded-For", "127.0.0.1"],
);

/** Bodies in chunks, by somebody who does not know how. */
export const oddChunks = fc.constantFrom(
  "0\r\n\r\n",
  "5\r\nhello\r\n0\r\n\r\n",
  "5\r\nhello",
  "zz\r\nhello\r\n0\r\n\r\n",
  "-1\r\n\r\n",
  "ffffffffffffffff\r\n",
  "2;ext=1\r\n{}\r\n0\r\nTrailer: x\r\n\r\n",
  "",
);

/** Header values of any byte but the line's end. */
export const oddBytes = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 20 })
  .map((codes) => String.fromCharCode(...codes.filter((code) => code !== 10 && code !== 13)));
