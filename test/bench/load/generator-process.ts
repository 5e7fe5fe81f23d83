import { closedLoop } from "./closed-loop.ts";
import type { Load } from "./load.ts";
import { openLoop } from "./open-loop.ts";

/** A process of its own: takes one load at a time from its parent, and answers what came of it. */
process.on("message", (load: Load) => {
  const { rate } = load;
  const run = rate === undefined ? closedLoop(load) : openLoop({ ...load, rate });
  void run.then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
// Ctrl-C reaches the whole group: the parent says when this one ends.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
