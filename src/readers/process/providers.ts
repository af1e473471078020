/** Finds the provider for a source's description. Each kind is loaded only when needed, for a quick start. */

import { Secret } from '../../domain/values/secret.ts';
import { systemClock } from '../../machine/system-clock.ts';
import { networkGuard } from '../../network/guard.ts';
import type { Credentials, NetworkAt, SourceProvider } from '../../sources/source.ts';
import type { FilesAccess, RemoteAccess, SourceAccess } from '../protocol.ts';

/** A provider, and the credentials for its calls. */
export interface Reached {
  readonly provider: SourceProvider;
  readonly credentials: Credentials;
}

export type ProviderOf = (access: SourceAccess) => Promise<Reached>;

export const providerOf: ProviderOf = async (access) =>
  'credentials' in access
    ? { provider: await remoteOf(access), credentials: new Secret(access.credentials) }
    : { provider: await filesOf(access), credentials: null };

async function filesOf({ roots, urlRoots, own, upload, internalHosts }: FilesAccess): Promise<SourceProvider> {
  const { fileSources } = await import('../files/index.ts');
  const { pathsBelow } = await import('../files/paths.ts');
  const { urlsBelow } = await import('../files/urls.ts');
  const { uploaded } = await import('../files/uploads.ts');
  return fileSources([
    pathsBelow({ roots, own }),
    urlsBelow({ roots: urlRoots, internalHosts, clock: systemClock }),
    uploaded(upload),
  ]);
}

async function remoteOf({ provider, internalHosts, machineCredentials }: RemoteAccess): Promise<SourceProvider> {
  const networkAt: NetworkAt = (port) => networkGuard({ allowed: internalHosts, port, purpose: 'source' });
  const { loadProvider } = await import('../../sources/kinds.ts');
  return loadProvider(provider, { networkAt, machineCredentials });
}
