/** What a file imports, by value or as a type, at its head or on the way: as it is written there. */
export function importsOf(text: string): string[] {
  const statements = /^(?:import|export)\b[^;"']*?(?:from\s*)?["']([^"']+)["']/gm;
  const calls = /\bimport\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(statements), ...text.matchAll(calls)].map(([, name = ""]) => name);
}

/** Whether an import is of a file of ours. */
export const isOfOurs = (name: string): boolean => /^\.\.?\//.test(name);
