import assert from "node:assert/strict";

/**
 * Asserts that two JSON values are the same, numbers to within a tolerance.
 *
 * @param tolerance absolute
 */
export function assertClose(actual: unknown, expected: unknown, tolerance = 1e-5): void {
  const fault = differenceOf(actual, expected, { tolerance, path: "" });
  assert.equal(fault, undefined);
}

interface Place {
  readonly tolerance: number;
  readonly path: string;
}

function differenceOf(actual: unknown, expected: unknown, place: Place): string | undefined {
  const { tolerance, path } = place;
  if (typeof expected === "number" && typeof actual === "number") {
    return Math.abs(actual - expected) <= tolerance
      ? undefined
      : `${path}: ${actual}, not ${expected}`;
  }
  if (!isObject(expected) || !isObject(actual)) {
    return actual === expected ? undefined : `${path}: ${String(actual)}, not ${String(expected)}`;
  }
  const names = [Object.keys(actual), Object.keys(expected)].map((keys) => keys.toSorted().join());
  if (names[0] !== names[1]) return `${path} has ${names[0]}, not ${names[1]}`;
  return Object.entries(expected)
    .map(([key, value]) => {
      const inner = { tolerance, path: `${path}/${key}` };
      return differenceOf(Reflect.get(actual, key), value, inner);
    })
    .find((fault) => fault !== undefined);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
