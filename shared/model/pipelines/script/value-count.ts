/**
 * Whether a value of JSON holds more values than that, itself and those inside of it; looks at no more.
 * Its depth is bounded: it came through `parseJson`.
 */
export function hasMoreValues(value: unknown, most: number): boolean {
  return leftOf(value, most) < 0;
}

/** @returns how many more there may be after this one; negative when it is too many */
function leftOf(value: unknown, most: number): number {
  let left = most - 1;
  if (typeof value !== "object" || value === null) return left;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    for (let i = 0; i < items.length && left >= 0; i++) left = leftOf(items[i], left);
    return left;
  }
  for (const name in value) {
    left = leftOf(Reflect.get(value, name), left);
    if (left < 0) break;
  }
  return left;
}
