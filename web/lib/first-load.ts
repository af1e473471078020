/** What a page needs comes first; what it may need later waits for a quiet moment. */

const QUIET_MS = 3_000;

let isFirst = true;
const quiet = new Promise<void>((resolve) => {
  setTimeout(() => {
    isFirst = false;
    resolve();
  }, QUIET_MS);
});

export const isFirstLoad = (): boolean => isFirst;

/** Does something when the first load is over; at once when it is. @returns how to call it off */
export function afterFirstLoad(then: () => void): () => void {
  let wanted = true;
  void quiet.then(() => {
    if (wanted) then();
  });
  return () => {
    wanted = false;
  };
}
