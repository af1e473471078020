/** Use cases of sources: what there is to export, its fields, and what an export of it would take. */

import type { IdentifierType } from '../../contracts/requests.ts';
import { localized } from '../../contracts/sentence.ts';
import type { SourceField } from '../../contracts/sources.ts';
import type { Sources } from '../../contracts/use-cases.ts';
import type { SourceField as FoundField } from '../../sources/source.ts';
import { listAuthorizations } from '../../store/repositories/authorizations.ts';
import type { UseCaseDeps } from '../deps.ts';
import { inTime } from './in-time.ts';
import { assertMayLook } from './may-look.ts';
import { previewOf, refOf, sampleOf } from './preview.ts';

export function sourceUseCases(deps: UseCaseDeps): Sources {
  const { db, sources } = deps;
  return {
    list: async () => [
      { authorization_id: null, provider: 'files', label: 'Files' },
      ...(await listAuthorizations(db))
        .filter(({ provider }) => sources.has(provider))
        .map(({ id, provider, label }) => ({ authorization_id: id, provider, label })),
    ],
    audiences: (authorizationId, page, signal) =>
      inTime(signal, (inner) => sources.audiences(authorizationId, page, inner)),
    fields: async (role, authorizationId, audienceId, signal, options) => {
      const ref = { authorizationId, audienceId, options };
      await assertMayLook(deps, role, ref, 'fields', signal);
      return inTime(signal, async (inner) => {
        const source = await sources.open(ref, 'person', inner);
        try {
          const items = (await source.fields(inner)).map(describe);
          const notice = source.notice ? localized(source.notice) : null;
          return { items, notice, file: source.reading ?? null };
        } finally {
          await source.close();
        }
      });
    },
    sample: async (role, request, signal) => {
      await assertMayLook(deps, role, refOf(request), 'preview', signal);
      return inTime(signal, (inner) => sampleOf(deps, request, inner));
    },
    preview: async (role, request, signal) => {
      await assertMayLook(deps, role, refOf(request), 'preview', signal);
      return previewOf(deps, request, signal);
    },
  };
}

const describe = ({ name, type, list }: FoundField): SourceField => ({
  name,
  type,
  list,
  coverage: null,
  suggested_for: suggestionFor(name),
});

/** Names that people give to such fields; order matters, for "email_phone" is rather an e-mail's. */
const usual: readonly (readonly [IdentifierType, RegExp])[] = [
  ['email', /e-?mails?|メール/i],
  ['phone', /phones?|mobile_?(number|no)|\btel\b|msisdn|電話/i],
  ['ifa', /idfa|gaid|aaid|\bifa\b|advertising_?id/i],
];

const suggestionFor = (name: string): IdentifierType | null =>
  usual.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
