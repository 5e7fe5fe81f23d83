import assert from "node:assert/strict";
import { it } from "node:test";
import { isUpload } from "../../../../gateway/http/receive-limit.ts";

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
