import fc from "fast-check";

/** Loaded before a test when there is a SEED: every property that names no seed of its own takes it. */
fc.configureGlobal({ seed: Number(process.env["SEED"]) });
