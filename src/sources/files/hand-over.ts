/** Gives a block to the consumer. Resolves when the consumer requests the next one. */
export type Give = (block: Uint8Array) => Promise<void>;

/**
 * The blocks that `produce` gives, one at a time. When the consumer stops early, the pending `give` rejects, and
 * the end waits for `produce`.
 */
export async function* handedOver(produce: (give: Give) => Promise<void>): AsyncGenerator<Uint8Array, void> {
  let given = Promise.withResolvers<Uint8Array | undefined>();
  let wanted = Promise.withResolvers<void>();
  const produced = produce((block) => {
    given.resolve(block);
    return wanted.promise;
  });
  produced.then(
    () => given.resolve(undefined),
    (error: unknown) => given.reject(error),
  );
  try {
    for (;;) {
      const block = await given.promise;
      if (block === undefined) return;
      yield block;
      given = Promise.withResolvers();
      wanted.resolve();
      wanted = Promise.withResolvers();
    }
  } finally {
    // Nobody may be waiting for these.
    given.promise.catch(() => {});
    wanted.promise.catch(() => {});
    wanted.reject(new Error('The consumer has stopped.'));
    await produced.catch(() => {});
  }
}
