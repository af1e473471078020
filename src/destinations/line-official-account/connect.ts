/** Connects to LINE with the channel of an authorization. */
import type { ConnectOptions } from '../connect.ts';
import type { Destination } from '../destination.ts';
import { API_HOST, FILE_HOST, senderOf } from './client.ts';
import { lineOfficialAccountDestination } from './destination.ts';

export { checkSigningKey as check } from './signing-key.ts';
export { tokens } from './tokens.ts';

export const hosts = (baseUrl?: string): readonly string[] =>
  baseUrl === undefined ? [API_HOST, FILE_HOST] : [baseUrl];

export const connect = (options: ConnectOptions): Destination => {
  const { channel_id: id = '', private_key } = options.credentials;
  return lineOfficialAccountDestination(senderOf(options), {
    id,
    keyField: private_key ? 'private_key' : 'channel_secret',
  });
};
