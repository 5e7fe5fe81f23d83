/** Stand in a target for ids of things that there are by the time it is sent. */
export const SOME_JOB = "JOB-ID";
export const SOME_BATCH = "BATCH-ID";
export const SOME_KEY = "KEY-ID";
export const SOME_ENDPOINT = "ENDPOINT-ID";
export const SOME_DELIVERY = "DELIVERY-ID";
export const SOME_REPLAY = "REPLAY-ID";
/** Stands in a body for the batch that is prepared for replays, and is as long as its id. */
export const KEPT_BATCH = `bat_${"0".repeat(26)}`;
/** Stands in a body for a sign-in code that was made, and is as long. */
export const SOME_CODE = `${"0".repeat(26)}_${"0".repeat(32)}`;
