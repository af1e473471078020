/** Files on other servers. URLs must be below those of the settings, and the network guard must allow their hosts. */

import type { Clock } from '../../contracts/ports.ts';
import type { UrlRoot } from '../../contracts/settings.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { splitSheet } from '../../domain/files/file-names.ts';
import { type FileUrl, isBelow, readFileUrl, segmentsOf } from '../../domain/files/file-url.ts';
import { asSentence, internalFact, joinSentences, sentence } from '../../domain/text/sentence.ts';
import { portOf } from '../../domain/values/hosts.ts';
import { isHostListed, networkGuard, type Resolve } from '../../network/guard.ts';
import { nameOf, SILENCE_MS, type UrlAccess } from '../../sources/files/location.ts';
import { openFiles } from '../../sources/files/open.ts';
import type { FileCollection } from './index.ts';

export interface UrlsOptions {
  /** The URLs in the settings. */
  readonly roots: readonly UrlRoot[];
  /** The allowed hosts inside the network. */
  readonly internalHosts: readonly string[];
  /** Waits between attempts. */
  readonly clock: Clock;
  /** @default the system's resolver */
  readonly resolve?: Resolve;
}

export function urlsBelow({ roots, internalHosts, clock, resolve }: UrlsOptions): FileCollection {
  return {
    has: (id) => /^(https?:|[a-z][a-z0-9+.-]*:\/\/)/i.test(id),
    open: async (id, signal, options) => {
      const open = roots.flatMap(asRoot);
      const { file, sheet } = splitSheet(id);
      const { url } = allowed(file, open);
      const access = accessBelow(open, internalHosts, clock, resolve);
      const name = nameOf(url);
      const locations = [{ kind: 'url' as const, url, name, access }];
      return openFiles({ ...options, source: name, locations, sheet, signal });
    },
    // Servers have no list of their files.
    list: async () => [],
    lists: async () => false,
  };
}

const asRoot = ({ url }: UrlRoot): FileUrl[] => {
  const read = readFileUrl(url);
  return 'problem' in read ? [] : [read];
};

/**
 * @throws {LineupError} `source_unsupported` for an invalid URL, `source_not_found` for one that is not open to exports
 */
function allowed(id: string, roots: readonly FileUrl[]): FileUrl {
  const file = readFileUrl(id);
  if ('problem' in file) throw new LineupError('source_unsupported', asSentence(file.problem));
  if (id.trim().endsWith('/')) {
    throw new LineupError('source_unsupported', sentence`This is the URL of a folder. Enter the URL of a file.`);
  }
  if (roots.some((root) => isBelow(file, root))) return file;
  const names = roots.map(({ url }) => nameOf(url)).join(', ');
  throw new LineupError(
    'source_not_found',
    joinSentences(
      sentence`${nameOf(file.url)} is not open to exports.`,
      names === ''
        ? sentence`No URL is open to exports. An administrator can change this in the settings.`
        : sentence`Only URLs below ${internalFact(names, sentence`the URLs that an administrator has chosen`)} are open to exports. An administrator can change this in the settings.`,
    ),
  );
}

/**
 * Every request, also after a redirect, must be to a URL below a root and pass the network guard. The URL of a redirect
 * may have a query, because it comes from the server and is not stored.
 */
function accessBelow(
  roots: readonly FileUrl[],
  internalHosts: readonly string[],
  clock: Clock,
  resolve: Resolve | undefined,
): UrlAccess {
  return {
    admit: (url) => {
      const segments = segmentsOf(url);
      if (!segments || !roots.some((root) => isBelow({ url, segments }, root))) {
        throw new LineupError(
          'source_unreadable',
          sentence`The server redirects to ${internalFact(nameOf(url), sentence`another location`)}, which is not open to exports. An administrator can open it in the settings.`,
        );
      }
      const port = portOf(url);
      const guard = networkGuard({ allowed: internalHosts, port, purpose: 'source', resolve });
      guard.assertAllowed(url.hostname);
      if (url.protocol === 'http:' && !isHostListed(internalHosts, url.hostname, port)) {
        throw new LineupError(
          'source_unreadable',
          sentence`Members must be transferred encrypted. To read ${url.host} by http://, an administrator must list it in the settings under “Hosts inside your network”.`,
        );
      }
      return guard.lookup;
    },
    clock,
    silenceMs: SILENCE_MS,
  };
}
