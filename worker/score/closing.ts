/** Kept back from the grace period for handing back and closing, in ms. */
export const CLOSING_MS = 5000;
