/** What a person is asked to approve: each audience that would be changed, with all reasons against it. */
import type { JudgedAudience, Judgement } from '../domain/runs/run.ts';
import type { RunState } from '../domain/runs/run-state.ts';
import type { Refusal } from './guard.ts';

export interface Judged {
  readonly state: RunState;
  /** Of the audience at LINE, or of the one to create. */
  readonly name: string | null;
  readonly refusals: readonly Refusal[];
}

export const judgementOf = (judged: readonly Judged[]): Judgement => ({
  audiences: judged.map(judgedAudienceOf),
  sourceRevision: judged[0]?.state.request.source.revision ?? null,
});

export const judgedAudienceOf = ({ state, name, refusals }: Judged): JudgedAudience => ({
  delivery: state.delivery,
  identifierType: state.request.identifierType,
  field: state.request.field,
  audienceId: state.audienceId,
  audienceName: name,
  before: state.before,
  after: state.staged?.counts.unique ?? 0,
  reasons: refusals.flatMap(({ reason }) => reason ?? []),
});
