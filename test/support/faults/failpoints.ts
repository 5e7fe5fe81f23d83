import { subscribe } from "node:diagnostics_channel";
import { failpointChannel, failpoints } from "../../../shared/failpoint.ts";

/**
 * Loaded before a role by `atFailpoint`: ends the process, without a goodbye, at the point that
 * `FAILPOINT` names, when it is reached for the time that `FAILPOINT_TIME` says.
 */
const named = process.env["FAILPOINT"];
let timesLeft = Number(process.env["FAILPOINT_TIME"] ?? "1");
// A worker's runners are told to load this as well, and get no point: it is their worker that ends.
if (named !== undefined) {
  const point = failpoints.find((name) => name === named);
  if (point === undefined) throw new Error(`no failpoint ${named}`);
  subscribe(failpointChannel(point), () => {
    timesLeft -= 1;
    if (timesLeft === 0) process.kill(process.pid, "SIGKILL");
  });
}
