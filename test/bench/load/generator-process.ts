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
// A signal may reach the whole group: the parent says when this one ends.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));
