/** The hosts that stored authorizations, channels and settings name: of each its place alone, never what it is used with. */
import { z } from 'zod';
import { portOf } from '../contracts/network.ts';
import { readTarget } from '../sources/postgres/target.ts';
import type { Db } from '../store/database/database.ts';
import { listAuthorizations, revealConfiguration } from '../store/repositories/authorizations.ts';
import { listChannels, revealChannel } from '../store/repositories/notification-channels.ts';
import { type MasterKey, SecretBox, UnsealError } from '../store/secrets/secret-box.ts';
import { readSettings } from '../use-cases/settings.ts';

export interface HostToReach {
  /** What it is for, e.g. `mail server`. */
  readonly what: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

export interface StoredHosts {
  readonly hosts: readonly HostToReach[];
  /** What the settings let through inside the network. */
  readonly internalHosts: readonly string[];
  /** How many could not be read, because the key does not open them or they are no addresses. */
  readonly unreadable: number;
}

const web = (what: string, address: string): HostToReach => {
  const url = new URL(address);
  return { what, host: url.hostname, port: portOf(url), tls: url.protocol === 'https:' };
};

const mail = z.object({ host: z.string(), port: z.number(), security: z.string() });
const hook = z.object({ url: z.string() });

export async function storedHosts(db: Db, keys: readonly MasterKey[]): Promise<StoredHosts> {
  const { files, network } = await readSettings(db);
  const hosts = files.url_roots.map(({ url }) => web('files', url));
  let unreadable = 0;
  const add = async (read: () => Promise<HostToReach | undefined>) => {
    try {
      const host = await read();
      if (host) hosts.push(host);
    } catch (error) {
      if (!(error instanceof UnsealError) && !(error instanceof Error)) throw error;
      unreadable += 1;
    }
  };
  if (keys.length > 0) {
    const box = new SecretBox(keys);
    for (const { id, provider } of await listAuthorizations(db)) {
      await add(async () => hostOfSource(provider, (await revealConfiguration(db, box, id)).reveal()));
    }
    for (const { id, kind } of await listChannels(db)) {
      await add(async () => hostOfChannel(kind, (await revealChannel(db, box, id)).configuration.reveal()));
    }
  }
  return { hosts: distinct(hosts), internalHosts: network.internal_hosts, unreadable };
}

function hostOfSource(provider: string, configuration: Record<string, string>): HostToReach | undefined {
  if (provider === 'lytics') return web('Lytics', configuration.origin ?? 'https://api.lytics.io');
  if (provider !== 'postgresql') return undefined;
  const { host, port } = readTarget({
    url: configuration.connection_url ?? '',
    ca: configuration.ca_certificate ?? '',
  });
  return { what: 'PostgreSQL source', host, port, tls: false };
}

function hostOfChannel(kind: string, configuration: unknown): HostToReach {
  if (kind !== 'email') return web(kind === 'slack' ? 'Slack' : 'webhook', hook.parse(configuration).url);
  const { host, port, security } = mail.parse(configuration);
  return { what: 'mail server', host, port, tls: security === 'tls' };
}

function distinct(hosts: readonly HostToReach[]): HostToReach[] {
  const key = ({ what, host, port }: HostToReach) => `${what} ${host} ${port}`;
  return [...new Map(hosts.map((one) => [key(one), one])).values()];
}
