import type { Reply } from '../../shared/reply.ts';
import { answerV2 } from '../answers.ts';
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
