import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { problemPage, rootFrom } from "../../../../gateway/http/problem-page.ts";
import { ScoringError, toProblem } from "../../../../shared/error.ts";

describe("a problem in a browser", () => {
  it("is a page with its status, its words as texts, and where to go from here", async () => {
    const problem = toProblem(new ScoringError("not_found", "There is no <script>."));
    const page = problemPage(problem, "/v1/nothing", { allow: "GET" });
    assert.deepEqual([page.status, page.headers.get("allow")], [404, "GET"]);
    assert.match(
      page.headers.get("content-security-policy") ?? "",
      /^default-src 'none'; style-src 'self'/,
    );
    const html = await page.text();
    assert.match(html, /There is no &lt;script&gt;\./);
    assert.match(html, /href="\.\.\/page\/app\/page\.css"/);
    assert.match(html, /href="\.\.\/docs\/errors#not_found"/);
  });

  it("finds the root from any path, as a path", () => {
    assert.deepEqual(["/", "/nothing", "/v1/jobs", "/v1/jobs/"].map(rootFrom), [
      "./",
      "./",
      "../",
      "../../",
    ]);
  });
});
