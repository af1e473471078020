/** A call that goes with an access token: one for each attempt, and one more attempt when it is not accepted. */
import { type Attempted, type Call, type CallerOptions, Calling, type Side } from './call.ts';
import type { TokenFailure } from './failure.ts';

type Own = 'prepare' | 'unprepared' | 'attempt';

export interface TokenSide<T, F extends TokenFailure, Facts, Entry> extends Omit<Side<T, F, Facts, Entry>, Own> {
  /** Gives the token. @param refused one that is not accepted */
  token: (refused: string | undefined, signal: AbortSignal | undefined) => Promise<string>;
  attempt: (token: string) => Promise<Attempted<T, F, Facts>>;
}

export function callWithToken<T, F extends TokenFailure, Facts, Entry>(
  options: CallerOptions<Entry>,
  call: Call,
  { token, attempt, ...side }: TokenSide<T, F, Facts, Entry>,
): Promise<T> {
  let current = '';
  /** There is only one new try with another one. */
  let refused: string | undefined;
  const calling = new Calling<T, F, Facts, Entry>(options, call, {
    ...side,
    prepare: async (signal) => {
      current = await token(refused, signal);
    },
    unprepared: (cause) => {
      const message = 'There is no access token.';
      return { code: 'no_token', message, retryable: false, mayBeTaken: false, cause } as TokenFailure as F;
    },
    attempt: () => attempt(current),
    delayAfter: (failure) => {
      if (!(failure as TokenFailure).refusesToken || refused !== undefined) return side.delayAfter?.(failure);
      refused = current;
      return 0;
    },
  });
  return calling.run();
}
