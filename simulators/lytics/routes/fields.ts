/** The fields of the account, and how many members have each of them. */
import type { Reply } from '../../shared/http.ts';
import { answerV1, answerV2, RefusalError, written } from '../answers.ts';
import type { Segment } from '../segments.ts';
import { type Call, findSegment, type Query, type World } from '../world.ts';

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

/** The schema in the form of v1, where fields are columns; `limit` of them. */
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
  const limit = Number(query.limit ?? columns.length);
  return answerV1({ name: 'user', by_fields, columns: columns.slice(0, limit) }, world.settings);
}

/** The field names of `fields=a,b`. Undefined when all are wanted. */
export function wantedFields({ fields = '' }: Query): string[] | undefined {
  const names = fields.split(',').filter((name) => name !== '');
  return names.length > 0 ? names : undefined;
}

/** For larger audiences, only the first members are counted. */
const sampled = 10_000;

/** How many members of an audience have a field. */
export function fieldInfo({ world, id, query }: Call): Reply {
  const segment = findSegment(world, id, false);
  // Lytics itself answers a slug with a 500 here.
  if (!segment && findSegment(world, id, true)) throw new RefusalError(500, 'internal error');
  if (!segment) throw new RefusalError(404, 'segment not found');
  const fields = coverageOf(world, segment, query);
  return answerV1({ segments: [{ id: segment.id, name: segment.spec.name, fields }] }, world.settings);
}

/** The same for all members. */
export function tableFieldInfo({ world, query }: Call): Reply {
  const [everybody] = world.segments;
  if (!everybody) throw new RefusalError(404, 'table not found');
  return answerV1({ fields: coverageOf(world, everybody, query) }, world.settings);
}

function coverageOf(world: World, segment: Segment, query: Query) {
  const wanted = wantedFields(query) ?? world.fields.map(({ id: name }) => name);
  const sample = segment.slice(0, sampled, wanted);
  return wanted.map((field) => {
    const share =
      sample.length === 0 ? 0 : sample.filter((member) => member[field] !== undefined).length / sample.length;
    const present = Math.round(share * segment.size);
    return {
      field,
      ents_present: written(present, world.settings),
      ents_absent: written(segment.size - present, world.settings),
    };
  });
}
