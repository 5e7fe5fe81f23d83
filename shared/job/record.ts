export * from "./new-job.ts";
export * from "./view.ts";

/**
 * The record of a job is a Redis hash. States and moves:
 *
 *     (none) --accept--> queued
 *     queued --fetch--> running          a worker took it; a second fetch of a running job, after
 *     running --fetch--> running         its worker died, is attempt + 1
 *     running --release--> queued        the worker was told to stop before it ran it
 *     running --lose--> queued           its worker died; the next fetch is attempt + 1
 *     queued|running --settle--> succeeded | failed | canceled | expired      (terminal)
 *     failed|canceled|expired --retry--> queued                               attempt + 1
 *     succeeded|failed|canceled|expired --erase--> deleted                    a tombstone
 *
 * Only `settle` makes terminal states, and only `retry` and `erase` leave them. The first settlement
 * of an attempt wins; one that names another attempt than the record's is late and is discarded.
 *
 * Field names are short because each of a million records pays for them.
 *
 * Written by accept: `v` format (1) · `m` model version · `c` class · `t` tenant · `s` status ·
 * `a` attempt · `n` rows · `f` form (`1` input, `n` inputs) · `p` parameters (JSON) · `d` metadata
 * (JSON) · `i` payload (absent when it has its own key) · `b` bytes of the payload · `l` limits ·
 * `w` gateways that wait, with `+` those that want every change · `wh` what it wants called ·
 * `ca` created. By fetch: `r` run
 * token · `sa` started. By lose: `lw` its worker was lost. By the worker: `g` when a slow run began · `q` exclusive runs. By
 * settle: `o` output (JSON) · `e` problem (JSON) · `x` metrics (JSON) · `ea` ended. By retry: `qa`
 * queued again · `rt` token of that retry · `ab` the attempt it began with · `h` earlier ends (JSON). By what stores
 * and ends deliveries: `dp` how many are pending. Times are epoch ms.
 */
export const RECORD_VERSION = 1;
