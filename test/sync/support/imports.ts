/** What a file imports, by value or as a type, at its head or on the way, and scripts: as it is written there. */
export function importsOf(text: string): string[] {
  const code = text.replaceAll(/\/\*[^]*?\*\//g, "");
  const statements = /^\s*(?:import|export)\b[^;"']*?(?:from\s*)?["']([^"']+)["']/gm;
  const calls = /\bimport\(\s*["'`]([^"'`]+)["'`]/g;
  const scripts = /\bnew URL\(\s*["'`]([^"'`]+\.lua)["'`]/g;
  return [statements, calls, scripts].flatMap((kind) =>
    [...code.matchAll(kind)].map(([, name = ""]) => name),
  );
}

/** Whether an import is of a file of ours. */
export const isOfOurs = (name: string): boolean => /^\.\.?\//.test(name);
