/**
 * The mail server of the installation. Each e-mail channel that uses it has a sealed copy, so that a version which does
 * not know this setting sends as well. A channel uses it as long as its own server is the same: then a change of the
 * setting reaches the channel, too.
 */
import { channelConfigurations, type MailServer } from '../../contracts/notifications.ts';
import { settingSections } from '../../contracts/settings.ts';
import { system } from '../../domain/people/people.ts';
import { Secret } from '../../domain/values/secret.ts';
import { type Db, type Tx, transaction } from '../../store/database/database.ts';
import { listChannels, revealChannel, updateChannel } from '../../store/repositories/notification-channels.ts';
import { lockSetting, MAIL, readStored, revealSetting, writeSetting } from '../../store/repositories/settings.ts';
import type { SecretBox } from '../../store/secrets/secret-box.ts';

const KEYS = ['host', 'port', 'security', 'user', 'password', 'from'] as const;

/** Null when the installation has none. */
export async function mailServerOf(db: Db, box: SecretBox): Promise<MailServer | null> {
  const stored = settingSections.mail.safeParse((await readStored(db)).get(MAIL) ?? {}).data;
  if (!stored || stored.host === null || stored.from === null) return null;
  const password = (await revealSetting(db, box, MAIL))?.reveal() ?? null;
  return { ...stored, host: stored.host, from: stored.from, password };
}

/** A channel's own server; undefined when it has none. */
function serverIn(configuration: unknown): MailServer | undefined {
  const read = channelConfigurations.email.safeParse(configuration).data;
  if (read?.host === undefined || read.from === undefined) return undefined;
  const { to: _, ...server } = read;
  return { ...server, host: read.host, from: read.from };
}

export const usesServer = (configuration: unknown, server: MailServer | null): boolean => {
  const own = serverIn(configuration);
  return server !== null && own !== undefined && KEYS.every((key) => own[key] === server[key]);
};

/** Gives a changed server to the channels that use it. @param before as it was, null: there was none */
export async function passOnServer(tx: Tx, box: SecretBox, before: MailServer | null): Promise<void> {
  const server = await mailServerOf(tx, box);
  if (server === null || before === null) return;
  for (const { id, configuration } of await emailChannels(tx, box)) {
    if (!usesServer(configuration, before)) continue;
    await updateChannel(tx, box, id, { configuration: new Secret({ ...configuration, ...server }) });
  }
}

/** E-mail channels whose configuration can be read. */
async function emailChannels(db: Db, box: SecretBox): Promise<{ id: string; configuration: object }[]> {
  const found: { id: string; configuration: object }[] = [];
  for (const { id, kind, enter_again } of await listChannels(db)) {
    if (kind !== 'email' || enter_again) continue;
    try {
      found.push({ id, configuration: (await revealChannel(db, box, id)).configuration.reveal() as object });
    } catch {
      // Its key is that of another process, or it was deleted just now. It keeps what it has.
    }
  }
  return found;
}

/**
 * Makes the server that most channels have that of the installation, where nobody has entered one: so what was entered
 * for each channel becomes one.
 */
export const adoptMailServer = (db: Db, box: SecretBox, now: Date): Promise<void> =>
  transaction(db, async (tx) => {
    await lockSetting(tx, MAIL);
    if ((await readStored(tx)).has(MAIL)) return;
    const servers = (await emailChannels(tx, box)).flatMap(({ configuration }) => serverIn(configuration) ?? []);
    const alike = Map.groupBy(servers, (server) => JSON.stringify(KEYS.map((key) => server[key])));
    const [most] = [...alike.values()].toSorted((before, after) => after.length - before.length);
    if (!most?.[0]) return;
    const { password, ...value } = most[0];
    const secret = password === null ? null : new Secret(password);
    await writeSetting(tx, box, MAIL, { value, secret }, system, now);
  });
