/** The browser's own time, in ms; it may differ from the gateway's. */
export function browserNowMs(): number {
  return Date.now();
}
