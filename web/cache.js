/**
 * Remembers what a promise-making function gave, for the `most` keys that were asked for last. What failed is asked anew.
 * @template T
 * @param {number} most
 * @param {(...key: any[]) => Promise<T>} make
 * @returns {((...key: any[]) => Promise<T>) & {forget(start: string): void}} forget drops the keys whose first part is `start`
 */
export function remembered(most, make) {
  const known = new Map();
  const ask = (...key) => {
    const name = key.join("\n");
    let promise = known.get(name);
    known.delete(name);
    if (!promise) {
      promise = make(...key);
      promise.catch(() => known.delete(name));
    }
    known.set(name, promise);
    if (known.size > most) known.delete(known.keys().next().value);
    return promise;
  };
  ask.forget = (start) => {
    for (const name of known.keys()) if (name === start || name.startsWith(`${start}\n`)) known.delete(name);
  };
  return ask;
}
