import { readFileSync } from "node:fs";
import { z } from "zod";

/** The version of this software, or of a package that it brings, from its `package.json`. */
export function packageVersion(name?: string): string {
  const path = name === undefined ? "../package.json" : import.meta.resolve(`${name}/package.json`);
  const file = new URL(path, import.meta.url);
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, "utf8"))).version;
}
