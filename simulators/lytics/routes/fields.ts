import type { Reply } from '../../shared/reply.ts';
import { answerV1, answerV2 } from '../answers.ts';
import type { Call } from '../call.ts';

export function listFields({ world }: Call): Reply {
  const capitalised = world.settings.fieldKeys === 'capitalised';
  return answerV2(
    world.fields.map(({ id, type, shortdesc, identifier = false, pii = false }) =>
      capitalised
        ? { Field: id, Type: type, ShortDesc: shortdesc, IsIdentifier: identifier, IsPII: pii }
        : { id, type, shortdesc, longdesc: '', is_identifier: identifier, is_pii: pii },
    ),
  );
}

export function listFieldNames({ world }: Call): Reply {
  return answerV2(world.fields.map(({ id }) => id));
}

/** v1's form of the schema, in which fields are columns; `limit` of them. */
export function showSchema({ world, query }: Call): Reply {
  const columns = world.fields.map(({ id, type, shortdesc, identifier = false }) => ({
    as: id,
    is_by: identifier,
    type,
    shortdesc,
    longdesc: '',
    froms: ['default'],
    identities: [id],
  }));
  const by_fields = columns.filter(({ is_by }) => is_by).map(({ as }) => as);
  const limit = Number(query.get('limit') ?? columns.length);
  return answerV1({ name: 'user', by_fields, columns: columns.slice(0, limit) }, world.settings);
}
