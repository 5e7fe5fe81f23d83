/** What a role is started with whose machine's clock is so far ahead; negative for behind. */
export function clockShift(ms: number): Readonly<Record<string, string>> {
  const preload = new URL("./shifted-clock.ts", import.meta.url).href;
  return { NODE_OPTIONS: `--import=${preload}`, CLOCK_SHIFT_MS: String(ms) };
}
