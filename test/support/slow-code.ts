/** What a role is started with for which a package takes so long to load, in ms. */
export function slowToLoad(name: string, ms: number): Readonly<Record<string, string>> {
  const preload = new URL("./slow-import.ts", import.meta.url).href;
  return { NODE_OPTIONS: `--import=${preload}`, SLOW_PACKAGE: name, SLOW_MS: String(ms) };
}
