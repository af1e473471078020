/** Files of other servers: URLs, only below those that an administrator has named, and only of hosts that are where they should be. */
import { LineupError } from '../../../contracts/errors.ts';
import { type FileUrl, isBelow, readFileUrl, segmentsOf } from '../../../contracts/file-url.ts';
import { asSentence, sentence, together } from '../../../contracts/sentence.ts';
import type { UrlRoot } from '../../../contracts/settings.ts';
import { nameOf, SILENCE_MS, type UrlAccess } from '../../../sources/files/http/access.ts';
import { openFiles } from '../../../sources/files/open.ts';
import type { RemoteClock } from '../../../sources/remote/clock.ts';
import { networkGuard, type Resolve } from '../../network/guard.ts';
import type { FilePlace } from './place.ts';

export interface UrlsOptions {
  /** As the settings name them now. */
  readonly roots: () => Promise<readonly UrlRoot[]>;
  /** Waits between attempts. */
  readonly clock: RemoteClock;
  /** @default the system's resolver */
  readonly resolve?: Resolve;
}

export function urlsBelow({ roots, clock, resolve }: UrlsOptions): FilePlace {
  return {
    has: (id) => /^(https?:|[a-z][a-z0-9+.-]*:\/\/)/i.test(id),
    open: async (id, signal) => {
      const open = (await roots()).flatMap(asRoot);
      const { url } = allowed(id, open);
      const access = accessBelow(open, clock, resolve);
      const name = nameOf(url);
      return openFiles({ source: name, locations: [{ kind: 'url', url, name, access }], signal });
    },
    // Servers do not tell what they have.
    list: async () => [],
  };
}

interface Root extends FileUrl {
  readonly internal: boolean;
}

const asRoot = ({ url, internal }: UrlRoot): Root[] => {
  const read = readFileUrl(url);
  return 'problem' in read ? [] : [{ ...read, internal }];
};

/** @throws {LineupError} `source_unsupported` for what is no plain URL, `source_not_found` for one that is not open to exports */
function allowed(id: string, roots: readonly Root[]): FileUrl {
  const file = readFileUrl(id);
  if ('problem' in file) throw new LineupError('source_unsupported', asSentence(file.problem));
  if (id.trim().endsWith('/')) {
    throw new LineupError('source_unsupported', sentence`This URL is of a folder: name a file in it.`);
  }
  if (roots.some((root) => isBelow(file, root))) return file;
  const names = roots.map(({ url }) => nameOf(url)).join(', ');
  throw new LineupError(
    'source_not_found',
    together(
      sentence`${nameOf(file.url)} may not be exported.`,
      names === ''
        ? sentence`No URL is open to exports: an administrator can change that in the settings.`
        : sentence`Open to exports is only what is below ${names}: an administrator can change that in the settings.`,
    ),
  );
}

/**
 * Every request, those of redirects too, goes to what is below a root, and to an address of the public internet unless the root
 * is said to be inside. A redirect may bring a query: it is the server's own, and is kept nowhere.
 */
function accessBelow(roots: readonly Root[], clock: RemoteClock, resolve: Resolve | undefined): UrlAccess {
  return {
    admit: (url) => {
      const segments = segmentsOf(url);
      const over = segments ? roots.filter((root) => isBelow({ url, segments }, root)) : [];
      if (over.length === 0) {
        throw new LineupError(
          'source_unreadable',
          sentence`The server sends on to ${nameOf(url)}, which is not below a URL that is open to exports. An administrator can open it in the settings.`,
        );
      }
      const guard = networkGuard({
        allowed: over.some(({ internal }) => internal) ? [url.hostname] : [],
        refusal: (host) =>
          new LineupError(
            'source_unreadable',
            sentence`${host} is inside this network. Files are fetched from there only when an administrator has marked its URL in the settings as one inside your network.`,
          ),
        resolve,
      });
      guard.assertAllowed(url.hostname);
      return guard.lookup;
    },
    clock,
    silenceMs: SILENCE_MS,
  };
}
