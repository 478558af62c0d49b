/**
 * Remembers what a promise-making function gave, for the keys that were asked for last. What failed is asked anew.
 * @template T
 * @param {number} most sum of the weights that is kept; the last one stays in any case
 * @param {(...key: any[]) => Promise<T>} make
 * @param {(value: T) => number} [weigh] 1 each without it
 * @returns {((...key: any[]) => Promise<T>) & {forget(start: string): void}} forget drops the keys whose first part is `start`
 */
export function remembered(most, make, weigh = () => 1) {
  const known = new Map(); // name -> {promise, weight}; what was asked for last stands last
  const trim = () => {
    let total = [...known.values()].reduce((sum, { weight }) => sum + weight, 0);
    for (const [name, { weight }] of known) {
      if (total <= most || known.size === 1) return;
      known.delete(name);
      total -= weight;
    }
  };
  const begin = (name, key) => {
    const entry = { promise: make(...key), weight: 0 }; // it weighs nothing before it is there
    entry.promise.then(
      (value) => {
        entry.weight = weigh(value);
        trim();
      },
      () => known.delete(name),
    );
    return entry;
  };
  const ask = (...key) => {
    const name = key.join("\n");
    const entry = known.get(name) ?? begin(name, key);
    known.delete(name);
    known.set(name, entry);
    return entry.promise;
  };
  ask.forget = (start) => {
    for (const name of known.keys()) if (name === start || name.startsWith(`${start}\n`)) known.delete(name);
  };
  return ask;
}
