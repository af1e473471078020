/** A clock on which every wait ends at once. It records the waits. Its time is that of the machine, for tokens. */
export function swiftClock() {
  const waits: number[] = [];
  return {
    waits,
    now: () => new Date(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      waits.push(ms);
    },
  };
}
