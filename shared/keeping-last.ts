/**
 * Makes a pure function remember what it made last: for what is the same many times in a row, such as what
 * the jobs of a tensor batch have in common.
 */
export function keepingLast<T>(make: (given: string) => T): (given: string) => T {
  let last: { readonly given: string; readonly made: T } | undefined;
  return (given) => {
    if (last?.given !== given) last = { given, made: make(given) };
    return last.made;
  };
}
