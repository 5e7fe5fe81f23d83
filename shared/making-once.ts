/** Makes a function remember what it made of each object, for as long as there is the object. */
export function makingOnce<K extends WeakKey, V>(make: (given: K) => V): (given: K) => V {
  const all = new WeakMap<K, { readonly made: V }>();
  return (given) => {
    const known = all.get(given);
    if (known !== undefined) return known.made;
    const made = make(given);
    all.set(given, { made });
    return made;
  };
}
