/**
 * The page's one store: a frozen-in-time object and those who watch parts of it.
 * @template T
 * @param {T} initial
 * @returns {{readonly state: T, set(patch: Partial<T>): void, watch(keys: (keyof T)[], call: (state: T) => void): () => void}}
 *   `set` calls, at once, every watcher of a key whose value changed (by identity); `watch` returns what ends the watching.
 */
export function createStore(initial) {
  let state = { ...initial };
  const watchers = new Set();
  return {
    get state() {
      return state;
    },
    set(patch) {
      const changed = Object.keys(patch).filter((key) => patch[key] !== state[key]);
      if (changed.length === 0) return;
      state = { ...state, ...patch };
      for (const watcher of [...watchers]) if (changed.some((key) => watcher.keys.has(key))) watcher.call(state);
    },
    watch(keys, call) {
      const watcher = { keys: new Set(keys), call };
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** The item that is looked at; undefined where none is. */
export const selectedItem = (state) => state.items.find((item) => item.id === state.selected);
