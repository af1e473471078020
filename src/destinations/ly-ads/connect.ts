/** Connects to LY Ads with the application of an authorization. */
import type { ConnectOptions } from '../connect.ts';
import type { Destination } from '../destination.ts';

/** Temporary, until the client is here. */
export function connect(_options: ConnectOptions): Destination {
  throw new Error('The client of LY Ads is missing.');
}
