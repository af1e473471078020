/** How many members of an audience have a field. */
import type { Reply } from '../../shared/reply.ts';
import { answerV1, Refusal, written } from '../answers.ts';
import { type Call, wantedFields } from '../call.ts';
import type { Segment } from '../segments.ts';
import { findSegment, type World } from '../world.ts';

/** Larger audiences are judged by their first members. */
const sampled = 10_000;

export function fieldInfo({ world, id, query }: Call): Reply {
  const segment = findSegment(world, id, false);
  // Lytics meets a slug here with a fault of its own (lytics-api.md section 4).
  if (!segment && findSegment(world, id, true)) throw new Refusal(500, 'internal error');
  if (!segment) throw new Refusal(404, 'segment not found');
  const fields = coverageOf(world, segment, query);
  return answerV1({ segments: [{ id: segment.id, name: segment.spec.name, fields }] }, world.settings);
}

/** The same of all members. */
export function tableFieldInfo({ world, query }: Call): Reply {
  const [everybody] = world.segments;
  if (!everybody) throw new Refusal(404, 'table not found');
  return answerV1({ fields: coverageOf(world, everybody, query) }, world.settings);
}

function coverageOf(world: World, segment: Segment, query: URLSearchParams) {
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
