import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorDocsHtml } from "../../gateway/service/error-docs.ts";
import { errorCodes, errorKind } from "../../shared/error.ts";
import { anchors, section, tableRows } from "./support/markdown.ts";
import { filesMatching, readText } from "./support/repository.ts";

const document = readText("docs/errors.md");

describe("docs/errors.md", () => {
  it("shows the error table as the code has it", () => {
    const shown = tableRows(section(document, "## All codes"));
    const made = errorCodes.map((code) => {
      const { status, title, retryable } = errorKind(code);
      return [`[\`${code}\`](#${code})`, String(status), title, retryable ? "yes" : "no"];
    });
    assert.deepEqual(shown, made);
  });

  it("has a section for every code, where a problem's `type` points, and for no other", () => {
    const sections = anchors(section(document, "## Each code")).filter((anchor) => anchor !== "");
    assert.deepEqual(sections, [...errorCodes]);
  });

  it("says of every code when it happens and what to do", () => {
    for (const code of errorCodes) {
      const text = section(document, `### ${code}`);
      assert.match(text, /^\*\*When\*\* \S/m, code);
      assert.match(text, /^\*\*What to do\*\* \S/m, code);
    }
  });

  it("is what the page of the gateway says, word for word", () => {
    const page = errorDocsHtml();
    for (const code of errorCodes) {
      const [, entry = ""] = page.split(`<h2 id="${code}">`);
      const [shown = ""] = entry.split("<h2").map((html) => html.replaceAll(/<[^>]+>/g, " "));
      const text = section(document, `### ${code}`).replaceAll(/\]\([^)]+\)|[[*`]/g, " ");
      assert.ok(wordsOf(shown).endsWith(wordsOf(text)), code);
    }
  });

  it("is about codes that the code uses", () => {
    const users = filesMatching(["{gateway,shared,worker}/**/*.ts"])
      .filter(({ path }) => path !== "shared/error.ts")
      .map(({ text }) => text)
      .join("\n");
    const unused = errorCodes.filter((code) => !users.includes(`"${code}"`) && code !== "internal");
    assert.deepEqual(unused, []);
  });
});

/** Without the spaces, which stand elsewhere in HTML than in Markdown. */
function wordsOf(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&amp;", "&")
    .replaceAll(/[\s\]]+/g, "");
}
