/** Guards of the network for tests, in which every name leads to the loopback address. */
import type { LookupFunction } from 'node:net';
import type { NetworkAccess } from '../../../src/contracts/network.ts';

export const lookupLoopback: LookupFunction = (_, { all }, answer) => {
  if (all) answer(null, [{ address: '127.0.0.1', family: 4 }]);
  else answer(null, '127.0.0.1', 4);
};

/** Records each checked host. @param refusal the error for each of them. Without it, every host is allowed. */
export function recordedNetwork(refusal?: Error) {
  const asked: string[] = [];
  const access: NetworkAccess = {
    assertAllowed(host) {
      asked.push(host);
      if (refusal) throw refusal;
    },
    lookup(host, options, answer) {
      asked.push(host);
      if (refusal) answer(refusal, '', 0);
      else lookupLoopback(host, options, answer);
    },
  };
  return { asked, access };
}
