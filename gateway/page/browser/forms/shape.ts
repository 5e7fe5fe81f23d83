/** A member of something that should be an object. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** A list of which every entry reads; undefined for anything else. */
export function listOf<T>(
  value: unknown,
  read: (entry: unknown) => T | undefined,
): readonly T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries = value.map(read);
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

/** Numbers by name, such as probabilities by class. */
export function numbersOf(value: unknown): readonly (readonly [string, number])[] | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const isEvery = entries.every((entry): entry is [string, number] => typeof entry[1] === "number");
  return isEvery ? entries : undefined;
}
