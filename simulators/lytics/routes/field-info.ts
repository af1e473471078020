/** How many members of an audience have a field. */
import type { Reply } from '../../shared/reply.ts';
import { answerV1, Refusal, written } from '../answers.ts';
import { type Call, wantedFields } from '../call.ts';
import { findSegment } from '../world.ts';

/** Larger audiences are judged by their first members. */
const sampled = 10_000;

export function fieldInfo({ world, id, query }: Call): Reply {
  const segment = findSegment(world, id, false);
  // Lytics meets a slug here with a fault of its own (lytics-api.md section 4).
  if (!segment && findSegment(world, id, true)) throw new Refusal(500, 'internal error');
  if (!segment) throw new Refusal(404, 'segment not found');
  const wanted = wantedFields(query) ?? world.fields.map(({ id: name }) => name);
  const sample = segment.slice(0, sampled, wanted);
  const fields = wanted.map((field) => {
    const share =
      sample.length === 0 ? 0 : sample.filter((member) => member[field] !== undefined).length / sample.length;
    const present = Math.round(share * segment.size);
    return {
      field,
      ents_present: written(present, world.settings),
      ents_absent: written(segment.size - present, world.settings),
    };
  });
  return answerV1({ segments: [{ id: segment.id, name: segment.spec.name, fields }] }, world.settings);
}
