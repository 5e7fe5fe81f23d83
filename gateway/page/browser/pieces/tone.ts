export type Tone = "plain" | "good" | "warn" | "bad";

/** How something is, and how bad that is. */
export type Standing = readonly [tone: Tone, text: string];
