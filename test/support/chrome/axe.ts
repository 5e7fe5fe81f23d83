import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { z } from "zod";

const foundSchema = z.array(
  z.object({
    id: z.string(),
    impact: z.enum(["minor", "moderate", "serious", "critical"]).nullish(),
    help: z.string(),
    nodes: z.array(z.object({ target: z.array(z.unknown()), failureSummary: z.string() })),
  }),
);

/**
 * Looks at what a page shows with axe-core, by the rules of WCAG 2.2 A and AA and its good practices.
 *
 * @throws {AssertionError} that lists serious and critical findings, and where they are
 */
export async function assertAccessible(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  // By the debugger: the page's own policy lets no script in.
  await session.send("Runtime.evaluate", { expression: axe.source });
  const { result } = await session.send("Runtime.evaluate", {
    expression: "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)",
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const serious = foundSchema
    .parse(result.value)
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => ({
        id,
        help,
        at: target.join(" "),
        failureSummary,
      })),
    );
  assert.deepEqual(serious, [], `axe-core at ${page.url()}`);
}
