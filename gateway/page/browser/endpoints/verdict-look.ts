import type { Tone } from "../pieces/tone.ts";
import type { Report } from "./verdict.ts";

/** How good news it is. */
export const VERDICT_TONES: Readonly<Record<Report["verdict"], Tone>> = {
  better: "good",
  same: "plain",
  worse: "bad",
  undecided: "plain",
};

/** The answer to "Is the new version better?" */
export const VERDICT_ANSWERS: Readonly<Record<Report["verdict"], string>> = {
  better: "Yes, it is better.",
  same: "It is as good.",
  worse: "No, it is worse.",
  undecided: "Too little is known yet.",
};
